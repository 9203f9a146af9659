/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The octets that the test programs send and expect.
 *
 * Word n of a stream is key + n * PATTERN_STEP, an addition a word, so that
 * checking costs next to nothing under emulation. As the step is odd, no word
 * occurs twice within 2^64 words: octets that are lost, doubled, out of order
 * or of another stream cannot pass, and the place that a wrong word comes from
 * can be computed.
 */
#ifndef CHIMNEY_PATTERN_H
#define CHIMNEY_PATTERN_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define PATTERN_STEP	0x9e3779b97f4a7c15ULL
/* PATTERN_STEP * PATTERN_STEP_INVERSE == 1 (mod 2^64) */
#define PATTERN_STEP_INVERSE	0xf1de83e19937733dULL

/* splitmix64: a well mixed number of each number */
static inline uint64_t pattern_mix(uint64_t x)
{
	x += PATTERN_STEP;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/* The key of a stream: one for each seed, connection and direction. */
static inline uint64_t pattern_key(uint64_t seed, uint32_t index, int direction)
{
	return pattern_mix(pattern_mix(seed) ^ ((uint64_t)index << 1 | direction));
}

static inline uint64_t pattern_word(uint64_t key, uint64_t n)
{
	return key + n * PATTERN_STEP;
}

static inline uint8_t pattern_octet(uint64_t key, uint64_t offset)
{
	return pattern_word(key, offset / 8) >> (8 * (offset % 8));
}

static inline void pattern_fill(uint64_t key, uint64_t offset, uint8_t *buf,
				size_t len)
{
	uint64_t word;

	for (; len && offset % 8; len--)
		*buf++ = pattern_octet(key, offset++);
	word = pattern_word(key, offset / 8);
	for (; len >= 8; len -= 8, buf += 8, offset += 8) {
		uint64_t le = htole64(word);

		memcpy(buf, &le, 8);
		word += PATTERN_STEP;
	}
	while (len--)
		*buf++ = pattern_octet(key, offset++);
}

/* How many octets are right; @len if all are. */
static inline size_t pattern_check(uint64_t key, uint64_t offset,
				   const uint8_t *buf, size_t len)
{
	size_t i = 0;
	uint64_t word, got;

	for (; i < len && (offset + i) % 8; i++)
		if (buf[i] != pattern_octet(key, offset + i))
			return i;
	word = pattern_word(key, (offset + i) / 8);
	for (; len - i >= 8; i += 8, word += PATTERN_STEP) {
		memcpy(&got, buf + i, 8);
		if (le64toh(got) != word)
			break;
	}
	for (; i < len; i++)
		if (buf[i] != pattern_octet(key, offset + i))
			return i;
	return len;
}

/*
 * Where in the stream the octets at @buf come from, looked for at each of the
 * eight alignments; @limit if nowhere below it.
 */
static inline uint64_t pattern_locate(uint64_t key, const uint8_t *buf,
				      size_t len, uint64_t limit)
{
	uint64_t word, offset;
	size_t skip;

	for (skip = 0; skip < 8 && skip + 8 <= len; skip++) {
		memcpy(&word, buf + skip, 8);
		word = le64toh(word);
		offset = (word - key) * PATTERN_STEP_INVERSE * 8;
		if ((word - key) * PATTERN_STEP_INVERSE < limit / 8 &&
		    offset >= skip)
			return offset - skip;
	}
	return limit;
}

#endif /* CHIMNEY_PATTERN_H */
