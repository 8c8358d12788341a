// SPDX-License-Identifier: GPL-2.0-only
/*
 * SHA-256 for the host's tests, written after FIPS 180-4.
 *
 * Purgatory takes the kernel's, which does not compile here. That both give the same is shown in
 * a virtual machine, where the kernel makes the digests and purgatory checks them.
 *
 * Interface: lib/purgatory/purgatory.h.
 */
#include "../../../lib/purgatory/purgatory.h"

/* The first 32 bits of the fractions of the cube roots of the first 64 primes. */
static void round_constants(u32 *k)
{
	unsigned int n = 0, p, d;

	for (p = 2; n < 64; p++) {
		__uint128_t low = 0, high = (__uint128_t)8 << 32;

		for (d = 2; d * d <= p && p % d; d++)
			;
		if (d * d <= p)
			continue;
		/* The largest r with r^3 <= p * 2^96: the root with 32 bits of fraction. */
		while (high - low > 1) {
			__uint128_t middle = (low + high) / 2;

			if (middle * middle * middle <= (__uint128_t)p << 96)
				low = middle;
			else
				high = middle;
		}
		k[n++] = (u32)low;
	}
}

static u32 rotate(u32 x, int n)
{
	return x >> n | x << (32 - n);
}

static void block(u32 *state, const u8 *data)
{
	static u32 k[64];
	u32 w[64], v[8];
	int t;

	if (!k[0])
		round_constants(k);
	for (t = 0; t < 16; t++)
		w[t] = (u32)data[4 * t] << 24 | (u32)data[4 * t + 1] << 16 |
		       (u32)data[4 * t + 2] << 8 | data[4 * t + 3];
	for (; t < 64; t++)
		w[t] = w[t - 16] + w[t - 7] +
		       (rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3) +
		       (rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10);
	memcpy(v, state, sizeof(v));
	for (t = 0; t < 64; t++) {
		u32 t1 = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) +
			 ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[t] + w[t];
		u32 t2 = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) +
			 ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (t = 0; t < 8; t++)
		state[t] += v[t];
}

void sha256_init(struct sha256_state *sha)
{
	static const u32 start[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	memcpy(sha->state, start, sizeof(start));
	sha->count = 0;
}

void sha256_update(struct sha256_state *sha, const u8 *data, unsigned int bytes)
{
	while (bytes--) {
		sha->buf[sha->count++ % 64] = *data++;
		if (sha->count % 64 == 0)
			block(sha->state, sha->buf);
	}
}

void sha256_final(struct sha256_state *sha, u8 *out)
{
	u64 bits = sha->count * 8;
	u8 byte = 0x80;
	int i;

	do {
		sha256_update(sha, &byte, 1);
		byte = 0;
	} while (sha->count % 64 != 56);
	for (i = 56; i >= 0; i -= 8) {
		byte = bits >> i;
		sha256_update(sha, &byte, 1);
	}
	for (i = 0; i < 32; i++)
		out[i] = sha->state[i / 4] >> (24 - i % 4 * 8);
}
