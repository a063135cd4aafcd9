#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# -b: commands from a file, one a line, until one fails.

load helpers

batch() {
	cat >"$BATS_TEST_TMPDIR/batch"
}

@test "batch: does line after line" {
	batch <<-END
		create $PIN vhost off
		create ${PIN}b vhost off queues 2
		delete $PIN
		show
	END
	run tappin -b "$BATS_TEST_TMPDIR/batch"
	assert_success
	assert_line --index 0 --partial "${PIN}b: state free"
	refused "no such pin" tappin show "$PIN"
}

@test "batch: from the standard input" {
	run tappin -b - <<<"create $PIN vhost off"
	assert_success
	assert_field "$PIN" state free
}

@test "batch: comments, empty lines, quotes and backslashes" {
	batch <<-END
		# a comment

		create "$PIN" vhost off # another
		  create '${PIN}b'   vhost	"off"
		create ${PIN}\\c vho"st" off
	END
	run tappin -b "$BATS_TEST_TMPDIR/batch"
	assert_success
	run grep -c "^$PIN" <(tappin show)
	assert_output 3
	assert_field "${PIN}c" state free
}

@test "batch: stops at the first that fails, names file and line, and exits with its code" {
	batch <<-END
		create $PIN vhost off
		delete ${PIN}x
		create ${PIN}b vhost off
	END
	run tappin -b "$BATS_TEST_TMPDIR/batch"
	assert_failure 2
	assert_output "Error: $BATS_TEST_TMPDIR/batch:2: no such pin."
	refused "no such pin" tappin show "${PIN}b"
	batch <<<"creat $PIN"
	run tappin -b "$BATS_TEST_TMPDIR/batch"
	assert_failure 1
	assert_output --partial "batch:1: \"creat\" is not a command"
}

@test "batch: an open quote, a lonely backslash and a NUL are errors of the line" {
	batch <<<"create \"$PIN"
	run tappin -b "$BATS_TEST_TMPDIR/batch"
	assert_failure 1
	assert_output --partial "a quote is not closed on its line"
	batch <<<"create $PIN \\"
	run tappin -b "$BATS_TEST_TMPDIR/batch"
	assert_failure 1
	printf 'create %s\0\n' "$PIN" | batch
	run tappin -b "$BATS_TEST_TMPDIR/batch"
	assert_failure 1
	assert_output --partial "not a text file"
}

@test "batch: exec can't be in one, nor a command beside -b" {
	tappin create "$PIN" vhost off
	batch <<<"exec $PIN -- true"
	run tappin -b "$BATS_TEST_TMPDIR/batch"
	assert_failure 1
	assert_output --partial "\"exec\" can't be in a batch"
	misused "can't come with -b" tappin -b "$BATS_TEST_TMPDIR/batch" show
}

@test "batch: a file that is not there" {
	refused "can't open $BATS_TEST_TMPDIR/nowhere" tappin -b "$BATS_TEST_TMPDIR/nowhere"
	misused "takes a file's name" tappin -b
}
