// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints kmod/table.h as Markdown: a diagram, an overview and a table for each
 * state. gen-states makes names.h, compiles this and puts its output in place.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "names.h"

static const struct {
	int number;
	const char *name;
} errors[] = {
	{ EBADFD, "EBADFD" }, { EBUSY, "EBUSY" }, { EINPROGRESS, "EINPROGRESS" },
	{ EKEYREJECTED, "EKEYREJECTED" }, { ENODEV, "ENODEV" },
	{ ENOENT, "ENOENT" }, { ESRCH, "ESRCH" },
};

static const char *error_name(int number)
{
	unsigned int i;

	for (i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (errors[i].number == number)
			return errors[i].name;
	return "(add it to docs/states.c)";
}

static const char *state_name(unsigned int state)
{
	return state == TAPPIN_DELETED ? "(deleted)" : states[state];
}

static bool is_fencing(const struct tappin_row *row)
{
	return row->moves && row->to == TAPPIN_STATE_FENCING;
}

/* Where a row leads in the end. */
static unsigned int target(const struct tappin_row *row)
{
	return is_fencing(row) ? row->after : row->to;
}

/* What an edge is called: evicting and losing an owner fence it on the way. */
static void print_edge(unsigned int from, unsigned int to)
{
	const struct tappin_row *row;
	const char *comma = "";
	unsigned int input;

	for (input = 0; input < TAPPIN_INPUTS; input++) {
		row = &tappin_table[from][input];
		if (!row->moves || target(row) != to || input == IN_GONE)
			continue;
		if (!*comma)
			printf("    %s --> %s: ", states[from],
			       to == TAPPIN_DELETED ? "[*]" : states[to]);
		printf("%s%s%s", comma, inputs[input],
		       is_fencing(row) ? "*" : "");
		comma = ", ";
	}
	if (*comma)
		putchar('\n');
}

/* FENCING is not drawn: it is what a star on the way stands for. */
static void print_diagram(void)
{
	unsigned int from, to;

	puts("```mermaid\nstateDiagram-v2\n    [*] --> free: new");
	for (from = 0; from < TAPPIN_DELETED; from++)
		for (to = 0; to <= TAPPIN_DELETED; to++)
			if (from != TAPPIN_STATE_FENCING)
				print_edge(from, to);
	puts("```\n");
}

static void print_cell(const struct tappin_row *row)
{
	if (!row->known)
		printf(" |");
	else if (is_fencing(row))
		printf(" \\*%s |", state_name(row->after));
	else if (row->moves)
		printf(" %s |", state_name(row->to));
	else if (row->err)
		printf(" %s |", error_name(-row->err));
	else
		printf(" = |");
}

static void print_overview(void)
{
	unsigned int state, input;

	printf("| what happens |");
	for (state = 0; state < TAPPIN_DELETED; state++)
		printf(" %s |", states[state]);
	printf("\n|---|");
	for (state = 0; state < TAPPIN_DELETED; state++)
		printf("---|");
	putchar('\n');
	for (input = 0; input < TAPPIN_INPUTS; input++) {
		printf("| %s |", inputs[input]);
		for (state = 0; state < TAPPIN_DELETED; state++)
			print_cell(&tappin_table[state][input]);
		putchar('\n');
	}
	putchar('\n');
}

static void print_inputs(void)
{
	unsigned int input;

	puts("| word | what happens |\n|---|---|");
	for (input = 0; input < TAPPIN_INPUTS; input++)
		printf("| %s | %s |\n", inputs[input], input_texts[input]);
	putchar('\n');
}

static void print_answer(const struct tappin_row *row)
{
	if (is_fencing(row))
		printf("fencing, then %s", state_name(row->after));
	else if (row->moves)
		printf("%s", state_name(row->to));
	else if (row->err)
		printf("%s: %s", error_name(-row->err), row->why);
	else
		printf("done, nothing changes");
}

static void print_state(unsigned int state)
{
	const struct tappin_row *row;
	unsigned int input;

	printf("### %s\n\nThe state's meaning: %s.\n\n", states[state],
	       state_texts[state]);
	puts("| what happens | next state, or the refusal | event |\n|---|---|---|");
	for (input = 0; input < TAPPIN_INPUTS; input++) {
		row = &tappin_table[state][input];
		if (!row->known)
			continue;
		printf("| %s | ", inputs[input]);
		print_answer(row);
		printf(" | %s |\n", row->event == TAPPIN_NO_EVENT ? "" :
		       events[(unsigned char)row->event]);
	}
	putchar('\n');
}

int main(void)
{
	unsigned int state;

	puts("\n## Diagram\n");
	puts("A star: the old owner is fenced on the way, in the state fencing.");
	puts("From every state but dead, dead follows when the device goes.\n");
	print_diagram();
	puts("## What can happen\n");
	print_inputs();
	puts("## Overview\n");
	puts("The next state; with a star: by way of fencing; \"=\": done, and the");
	puts("state stays; in capitals: refused; empty: can't come about.\n");
	print_overview();
	puts("## State by state\n");
	for (state = 0; state < TAPPIN_DELETED; state++)
		print_state(state);
	return 0;
}
