// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the compiler calls on its own account, and SHA-256: memory, byte by byte or in words.
 *
 * The kernel's own versions are patched at boot for the CPU that it runs on and can not be taken.
 * This file is compiled such that the compiler does not make calls of these functions out of
 * the loops in them.
 *
 * Interface: the C library's. Context: any.
 */
#include "purgatory.h"

/**
 * memcpy() - copy memory that does not overlap
 * @dest: destination
 * @src: source
 * @count: bytes
 *
 * Context: any.
 * Return: @dest.
 */
void *memcpy(void *dest, const void *src, size_t count)
{
	char *to = dest;
	const char *from = src;

	if (!(((unsigned long)to | (unsigned long)from) % sizeof(long))) {
		for (; count >= sizeof(long); count -= sizeof(long)) {
			*(long *)to = *(const long *)from;
			to += sizeof(long);
			from += sizeof(long);
		}
	}
	while (count--)
		*to++ = *from++;
	return dest;
}

/**
 * memmove() - copy memory that may overlap
 * @dest: destination
 * @src: source
 * @count: bytes
 *
 * Context: any.
 * Return: @dest.
 */
void *memmove(void *dest, const void *src, size_t count)
{
	char *to = dest;
	const char *from = src;

	if (to <= from || to >= from + count)
		return memcpy(dest, src, count);
	while (count--)
		to[count] = from[count];
	return dest;
}

/**
 * memset() - fill memory
 * @s: memory
 * @c: the byte to fill it with
 * @count: bytes
 *
 * Context: any.
 * Return: @s.
 */
void *memset(void *s, int c, size_t count)
{
	char *to = s;

	while (count--)
		*to++ = c;
	return s;
}

/**
 * memcmp() - compare memory
 * @cs: one
 * @ct: the other
 * @count: bytes
 *
 * Context: any.
 * Return: 0 if equal; otherwise negative or positive, as the first byte that differs is.
 */
int memcmp(const void *cs, const void *ct, size_t count)
{
	const u8 *a = cs, *b = ct;

	for (; count; a++, b++, count--)
		if (*a != *b)
			return *a - *b;
	return 0;
}
