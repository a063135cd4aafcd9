#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Help at each level, and wrong usage: exit code 1 and a sentence.

load helpers

VERBS='create delete show set exec evict monitor wait save restore doctor'

@test "help: names each command with its grammar, the flags and the exit codes" {
	local verb

	run tappin help
	assert_success
	for verb in $VERBS; do
		assert_output --regexp "tappin \[?$verb"
	done
	assert_output --partial "--json"
	assert_output --partial "Exit codes"
	assert_equal "$(tappin --help)" "$output"
	assert_equal "$(tappin -h)" "$output"
}

@test "help: of each command, in both ways to ask" {
	local verb

	for verb in $VERBS; do
		run tappin help "$verb"
		assert_success
		assert_line --index 0 --regexp "^tappin \[?$verb"
		[ "${#lines[@]}" -ge 3 ]
		assert_equal "$(tappin "$verb" help)" "$output"
	done
}

@test "help: goes to the standard output and needs neither module nor rights" {
	run setpriv --reuid nobody --clear-groups sh -c 'tappin help 2>&1 >/dev/null'
	assert_success
	assert_output ""
}

@test "help: every command is in the manual page, and no other" {
	requires scdoc
	run sed -nE 's/^\*tappin (\[\*)?([a-z]+)\*.*/\2/p; s/^\*tappin\* \[\*([a-z]+)\*.*/\1/p' "$TOP/tools/tappin.8.scd"
	assert_equal "$(sort <<<"$output" | uniq | grep -vx help)" "$(tr ' ' '\n' <<<"$VERBS" | sort)"
}

@test "help: keywords are the same in help, manual page and completion" {
	local verb word manual

	# shellcheck source=tools/completion.bash
	. "$TOP/tools/completion.bash"
	manual=$(grep '^\*tappin' "$TOP/tools/tappin.8.scd")
	for verb in $VERBS; do
		run tappin help "$verb"
		output=${output%%$'\n\n'*}
		for word in $(_tappin_keywords "$verb"); do
			assert_regex "$output" "(^|[^a-z-])$word([^a-z-]|\$)"
			assert_regex "$manual" "\*tappin(\* \[\*| )$verb\*[^"$'\n'"]*\*$word"
		done
	done
}

@test "help: completion offers each command" {
	run bash -c '. "$1"; _tappin_commands' bash "$TOP/tools/completion.bash"
	assert_equal "$(tr ' ' '\n' <<<"$output" | grep -vx help | sort)" "$(tr ' ' '\n' <<<"$VERBS" | sort)"
}

# complete_words FIRST... LAST: what is offered for LAST, a line each
complete_words() {
	bash -c '. "$0"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_tappin
		printf "%s\n" "${COMPREPLY[@]}"' "$TOP/tools/completion.bash" "$@"
}

@test "help: completion executes nothing that is in a name, and quotes it" {
	cd "$BATS_TEST_TMPDIR"
	touch 'a$(touch${IFS}done)'
	run complete_words tappin save a
	assert_output 'a$(touch${IFS}done)'
	tappin create "$PIN"'-$(touch${IFS}done)' vhost off
	run complete_words tappin delete "$PIN-"
	assert_output "$PIN"'-\$\(touch\$\{IFS\}done\)'
	assert_equal "$(ls)" 'a$(touch${IFS}done)'
}

@test "help: completion knows pins, keywords and their values" {
	tappin create "$PIN" vhost off
	run complete_words tappin evict "$PIN"
	assert_output "$PIN"
	run complete_words tappin wait "$PIN" state f
	assert_output $'free\nfencing'
	run complete_words tappin create x vhost ''
	assert_output $'on\noff'
	run complete_words tappin create x queues ''
	assert_output ""
	run complete_words tappin exec x -
	assert_output -- --
}

@test "help: an unknown command, flag or word is a usage error" {
	misused '"creat" is not a command' tappin creat x
	misused '"creat" is not a command' tappin help creat
	misused '"-x" is not a flag' tappin -x
	misused '"--nonsense" is not a flag' tappin --nonsense show
	misused '"--json=1" is not a flag' tappin --json=1 show
	misused '"-x" is not a flag' tappin -b '' -xj
	misused '"-x" is not a flag' tappin -b -- -xj
	misused '"qeues" is not known here' tappin create "$PIN" qeues 4
	misused "own flags go before the command" tappin show -j
	misused "own flags go before the command" tappin save -j
	misused "own flags go before the command" tappin restore -j
	misused '"extra" is not known here' tappin monitor extra
	misused '"extra" is not known here' tappin doctor extra
}

@test "help: words are not abbreviated" {
	misused "is not a command" tappin sh
	misused "is not known here" tappin create "$PIN" q 4
}

@test "help: what is missing, twice or of the wrong kind is named" {
	misused "a pin's name is missing" tappin create
	misused "a pin's name is missing" tappin delete
	misused "a pin's name is missing" tappin evict
	misused "a pin's name is missing" tappin wait
	misused '"queues" takes a number from 1 to 256 after it' tappin create "$PIN" queues
	misused '"queues" is there twice' tappin create "$PIN" queues 2 queues 2
	misused 'takes "on" or "off", not "yes"' tappin create "$PIN" vhost yes
	misused '"txqlen" takes a number from 1 to' tappin create "$PIN" txqlen 0
	misused "takes a pin's number" tappin show id x
	misused "takes a pin's number after it" tappin show id
}

@test "help: nothing was done by a usage error" {
	run tappin show
	assert_output ""
	assert_equal "$(references)" "$REFERENCES"
}

@test "help: names from outside can't steer a terminal by an error" {
	run tappin $'\e[2J'
	assert_failure 1
	assert_output 'Error: "?[2J" is not a command: "tappin help" lists them.'
	echo creat >"$BATS_TEST_TMPDIR/"$'\e[2J'
	cd "$BATS_TEST_TMPDIR"
	run tappin -b $'\e[2J'
	assert_failure 1
	assert_output 'Error: ?[2J:1: "creat" is not a command: "tappin help" lists them.'
}
