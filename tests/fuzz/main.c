// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In the place of libFuzzer's main(), for runs under valgrind: every file that is
 * named is one input.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

int main(int argc, char **argv)
{
	uint8_t *data = malloc(1 << 20);
	FILE *file;
	size_t len;
	int i;

	for (i = 1; i < argc; i++) {
		file = fopen(argv[i], "re");
		must(data && file);
		len = fread(data, 1, 1 << 20, file);
		fclose(file);
		/* In memory of its size: a byte too far is seen. */
		data = realloc(data, len ? len : 1);
		LLVMFuzzerTestOneInput(data, len);
		data = realloc(data, 1 << 20);
	}
	free(data);
	printf("%d inputs\n", argc - 1);
	return 0;
}
