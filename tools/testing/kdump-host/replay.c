// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run a fuzz target over files, without a fuzzer: for coverage, and to look at
 * one input in a debugger.
 *
 * usage: replay-TARGET FILE...
 */
#include "fuzz.h"

/* Larger than what libFuzzer makes. */
#define INPUT_MAX	0x100000

static int one(const char *name)
{
	uint8_t *data;
	FILE *f = fopen(name, "rb");
	size_t size;

	if (!f) {
		perror(name);
		return 1;
	}
	data = malloc(INPUT_MAX);
	size = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	/* A block of just this size, so that a sanitizer sees its end. */
	data = realloc(data, size ? size : 1);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	int i, ret = 0;

	for (i = 1; i < argc; i++)
		ret |= one(argv[i]);
	printf("%d inputs\n", argc - 1);
	return ret || argc == 1;
}
