# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of the tappin command for bash.
#
# Names of pins and files may have "$" and backquotes in them. So words are never
# expanded: functions print them, one a line, and they are quoted where they go into
# the command line. (compgen -W would expand them.)

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

_tappin_print()
{
	printf '%s\n' "$@"
}

# What can come after the keyword $2 of the command $1. Return: false for any keyword.
_tappin_values()
{
	case $1/$2 in
	create/adopt | create/dev) _tappin_interfaces ;;
	create/vhost) _tappin_print on off ;;
	create/owner) compgen -u ;;
	create/group) compgen -g ;;
	set/owner) echo none; compgen -u ;;
	set/group) echo none; compgen -g ;;
	set/note) echo - ;;
	wait/state)
		_tappin_print free owned offered taken returned fencing dead absent ;;
	*/queues | */txqlen | */timeout | */id) ;;
	*) return 1 ;;
	esac
}

_tappin_keywords()
{
	case $1 in
	create) _tappin_print adopt dev queues vhost txqlen owner group ;;
	delete) echo force ;;
	show) echo all-netns ;;
	set) _tappin_print owner group note ;;
	exec) _tappin_print queues force -- ;;
	evict) echo kill ;;
	wait) _tappin_print state timeout ;;
	esac
}

# The words for the place after the command $1, whose first word is at $2.
_tappin_words()
{
	local command=$1 first=$2

	case $command in
	help)
		_tappin_commands
		return ;;
	monitor | doctor)
		echo help
		return ;;
	save)
		_tappin_print - help
		return ;;
	restore)
		_tappin_print -n - help
		return ;;
	esac
	if ((COMP_CWORD == first)); then
		[[ $command == create ]] || { echo id; _tappin_pins; }
		[[ $command != show ]] || echo all-netns
		echo help
		return
	fi
	_tappin_values "$command" "${COMP_WORDS[COMP_CWORD - 1]}" ||
		_tappin_keywords "$command"
}

# Is a file's name good there, too?
_tappin_takes_file()
{
	case $1/${COMP_WORDS[COMP_CWORD - 1]} in
	save/* | restore/* | set/note) ;;
	*) return 1 ;;
	esac
}

_tappin_commands()
{
	_tappin_print create delete show set exec evict monitor wait save restore \
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

# Offers those of the words from the standard input that begin as $cur does.
_tappin_offer()
{
	local word quoted

	while IFS= read -r word; do
		printf -v quoted %q "$word"
		if [[ $word == "$cur"* || $quoted == "$cur"* ]]; then
			COMPREPLY+=("$quoted")
		fi
	done
}

# Readline quotes these, and puts a slash behind a folder's name.
_tappin_offer_files()
{
	local files

	mapfile -t files < <(compgen -f -- "$cur")
	((${#files[@]})) || return 0
	compopt -o filenames 2>/dev/null
	COMPREPLY+=("${files[@]}")
}

_tappin()
{
	local cur=${COMP_WORDS[COMP_CWORD]} at dashes

	at=$(_tappin_command_at)
	COMPREPLY=()
	if ((at >= COMP_CWORD)); then
		if [[ ${COMP_WORDS[COMP_CWORD - 1]} =~ ^(--batch|-[jpt]*b)$ ]]; then
			_tappin_offer_files
			return
		fi
		_tappin_offer < <(
			_tappin_commands
			_tappin_print all-netns -j --json -p --pretty -t --timestamps \
				-b --batch -h --help -V --version
		)
		return
	fi
	dashes=$(_tappin_after_dashes "$at")
	if [[ ${COMP_WORDS[at]} == exec && $dashes ]] &&
	   declare -F _command_offset >/dev/null; then
		_command_offset $((dashes + 1))
		return
	fi
	_tappin_offer < <(_tappin_words "${COMP_WORDS[at]}" $((at + 1)))
	! _tappin_takes_file "${COMP_WORDS[at]}" || _tappin_offer_files
}

complete -F _tappin tappin
