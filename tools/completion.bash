# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of the tappin command for bash.

# The pins of this network namespace: lines of "show" that are not indented.
_tappin_pins()
{
	tappin show 2>/dev/null | sed -n 's/^\([^ ].*\): state .*/\1/p'
}

# Interfaces that can be adopted are a matter for "create"; offer them all.
_tappin_interfaces()
{
	local path

	for path in /sys/class/net/*; do
		echo "${path##*/}"
	done
}

# What can come after the keyword $2 of the command $1; nothing: any keyword.
_tappin_values()
{
	case $1/$2 in
	create/dev) _tappin_interfaces ;;
	create/vhost) echo on off ;;
	create/owner) compgen -u ;;
	create/group) compgen -g ;;
	set/owner) echo none; compgen -u ;;
	set/group) echo none; compgen -g ;;
	set/note) echo -; compgen -f -- "$3" ;;
	wait/state)
		echo free owned offered taken returned fencing dead absent ;;
	*/queues | */txqlen | */timeout | */id) echo ;;
	esac
}

_tappin_keywords()
{
	case $1 in
	create) echo dev queues vhost txqlen owner group ;;
	delete) echo force ;;
	show) echo all-netns ;;
	set) echo owner group note ;;
	exec) echo queues force -- ;;
	evict) echo kill ;;
	wait) echo state timeout ;;
	esac
}

# The words for the place after the command $1, whose first word is at $2.
_tappin_words()
{
	local command=$1 first=$2 cur=${COMP_WORDS[COMP_CWORD]} values

	case $command in
	help)
		_tappin_commands
		return ;;
	save)
		compgen -f -- "$cur"
		return ;;
	restore)
		printf '%s\n' -n -
		compgen -f -- "$cur"
		return ;;
	monitor | doctor)
		echo help
		return ;;
	esac
	if ((COMP_CWORD == first)); then
		[[ $command == create ]] || { echo id; _tappin_pins; }
		[[ $command != show ]] || echo all-netns
		echo help
		return
	fi
	values=$(_tappin_values "$command" "${COMP_WORDS[COMP_CWORD - 1]}" \
				"$cur"; echo .)
	if [[ $values != . ]]; then
		echo "${values%.}"
	else
		_tappin_keywords "$command"
	fi
}

_tappin_commands()
{
	echo create delete show set exec evict monitor wait save restore \
		doctor help
}

# Where the command is: after the flags. Return: its index, or COMP_CWORD.
_tappin_command_at()
{
	local i

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-b | --batch | -[jpt]*b) ((i++)) ;;
		-*) ;;
		*) break ;;
		esac
	done
	echo "$i"
}

# After the "--" of exec it is the other command's turn.
_tappin_after_dashes()
{
	local i

	for ((i = $1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} != -- ]] || { echo "$i"; return; }
	done
}

_tappin()
{
	local cur=${COMP_WORDS[COMP_CWORD]} at dashes words

	at=$(_tappin_command_at)
	COMPREPLY=()
	if [[ ${COMP_WORDS[COMP_CWORD - 1]} =~ ^(--batch|-[jpt]*b)$ ]] &&
	   ((at >= COMP_CWORD)); then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
	fi
	if ((at >= COMP_CWORD)); then
		words="$(_tappin_commands) all-netns"
		words+=" -j --json -p --pretty -t --timestamps -b --batch"
		words+=" -h --help -V --version"
	else
		dashes=$(_tappin_after_dashes "$at")
		if [[ ${COMP_WORDS[at]} == exec && $dashes ]] &&
		   declare -F _command_offset >/dev/null; then
			_command_offset $((dashes + 1))
			return
		fi
		words=$(_tappin_words "${COMP_WORDS[at]}" $((at + 1)))
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _tappin tappin
