// SPDX-License-Identifier: GPL-2.0-only
/*
 * The grammar of crashkernel= and elfcorehdr=.
 *
 * One scanner walks a value from left to right and never looks back; the first
 * thing that no form allows is the error, and its position is kept, so that the
 * message can point at it. The form (plain, ",high", ",low") is known from the
 * value's end before anything else is read, because it decides which of several
 * words counts at all: a word that does not count is not checked either.
 *
 * Interface: cmdline.h. Context: any; used while the kernel boots. Pure.
 * Elsewhere: reserve.c turns the result into reserved memory.
 */
#include "cmdline.h"

/* Memory is sold in multiples of this, and firmware keeps less. */
#define CRASHKERNEL_RAM_UNIT_BYTES	(128U << 20)

/* A piece of text that is being read. */
struct scan {
	const char *p;
	const char *end;
	struct kdump_arg_err *err;
};

static int scan_fail(struct scan *s, const char *at,
		     enum kdump_arg_reason reason)
{
	s->err->reason = reason;
	s->err->at = at - s->err->value;
	return -EINVAL;
}

static bool scan_accept(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return 16;
}

static unsigned int suffix_shift(char c)
{
	switch (c | 0x20) {
	case 'k':
		return 10;
	case 'm':
		return 20;
	case 'g':
		return 30;
	case 't':
		return 40;
	case 'p':
		return 50;
	case 'e':
		return 60;
	default:
		return 0;
	}
}

/* The base that the text at s->p announces; steps over a leading 0x. */
static unsigned int scan_base(struct scan *s)
{
	if (s->end - s->p < 2 || s->p[0] != '0')
		return 10;
	if ((s->p[1] | 0x20) != 'x')
		return 8;
	if (s->end - s->p < 3 || digit_value(s->p[2]) >= 16)
		return 10;
	s->p += 2;
	return 16;
}

static int scan_number(struct scan *s, u64 *number)
{
	const char *first = s->p, *digits;
	unsigned int base = scan_base(s), shift;
	u64 n = 0;

	digits = s->p;
	while (s->p < s->end && digit_value(*s->p) < base) {
		if (check_mul_overflow(n, (u64)base, &n) ||
		    check_add_overflow(n, (u64)digit_value(*s->p), &n))
			return scan_fail(s, first, KDUMP_ARG_NUMBER_TOO_BIG);
		s->p++;
	}
	if (s->p == digits)
		return scan_fail(s, first, KDUMP_ARG_NO_NUMBER);

	shift = s->p < s->end ? suffix_shift(*s->p) : 0;
	if (shift) {
		if (n > U64_MAX >> shift)
			return scan_fail(s, first, KDUMP_ARG_NUMBER_TOO_BIG);
		n <<= shift;
		s->p++;
	}
	*number = n;
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/*
 * Next word of the command line in [*pos, end), without quotes around the word
 * or around its value; quotes elsewhere stay, as they do for other parameters.
 */
static bool next_word(const char **pos, const char *end, struct scan *name,
		      struct scan *value)
{
	const char *p = *pos, *eq = NULL, *word, *stop;
	bool quoted, in_quotes;

	while (p < end && is_blank(*p))
		p++;
	if (p == end)
		return false;

	quoted = *p == '"';
	if (quoted)
		p++;
	in_quotes = quoted;
	for (word = p; p < end && (in_quotes || !is_blank(*p)); p++) {
		if (*p == '"')
			in_quotes = !in_quotes;
		else if (*p == '=' && !eq && p != word)
			eq = p;
	}
	*pos = p;

	stop = p;
	if (quoted && stop > word && stop[-1] == '"')
		stop--;
	name->p = word;
	name->end = eq ? eq : stop;
	value->p = eq ? eq + 1 : stop;
	value->end = stop;
	if (value->p < value->end && *value->p == '"') {
		value->p++;
		if (value->p < value->end && value->end[-1] == '"')
			value->end--;
	}
	return true;
}

static bool scan_is(const struct scan *s, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(s->end - s->p) == n && !memcmp(s->p, text, n);
}

/* If the text ends in @suffix, cut that off. */
static bool scan_cut_suffix(struct scan *s, const char *suffix)
{
	size_t n = strlen(suffix);

	if ((size_t)(s->end - s->p) < n || memcmp(s->end - n, suffix, n))
		return false;
	s->end -= n;
	return true;
}

/* The last word of each form; p is NULL where there is none. */
struct crashkernel_words {
	struct scan plain;
	struct scan high;
	struct scan low;
};

static void find_words(const char *text, const char *end,
		       struct crashkernel_words *words)
{
	struct scan name, value;

	memset(words, 0, sizeof(*words));
	while (next_word(&text, end, &name, &value)) {
		/* What follows is for init. */
		if (scan_is(&name, "--") && value.p == value.end)
			break;
		if (!scan_is(&name, "crashkernel"))
			continue;
		if (scan_cut_suffix(&value, ",high"))
			words->high = value;
		else if (scan_cut_suffix(&value, ",low"))
			words->low = value;
		else
			words->plain = value;
	}
}

static void scan_begin(struct scan *s, struct kdump_arg_err *err)
{
	s->err = err;
	err->reason = KDUMP_ARG_OK;
	err->value = s->p;
	err->value_bytes = s->end - s->p;
	err->at = 0;
}

/*
 * The value of a ",high" or ",low" word: a size and nothing else. The suffix was
 * cut off; an error shows it nevertheless.
 */
static int read_suffixed(struct scan *s, const char *suffix,
			 struct kdump_arg_err *err, u64 *bytes)
{
	int ret;

	scan_begin(s, err);
	err->value_bytes += strlen(suffix);
	if (s->p == s->end)
		return scan_fail(s, s->p, KDUMP_ARG_NO_VALUE);
	ret = scan_number(s, bytes);
	if (ret)
		return ret;
	if (s->p == s->end)
		return 0;
	if (*s->p == '@')
		return scan_fail(s, s->p, KDUMP_ARG_OFFSET_WITH_SUFFIX);
	if (*s->p == '-')
		return scan_fail(s, s->p, KDUMP_ARG_RANGE_WITH_SUFFIX);
	return scan_fail(s, s->p, KDUMP_ARG_TRAILING);
}

/*
 * The rest of one "start-[end]:size" after its start was read; sets *bytes and
 * *size_at if @ram_bytes is in the range.
 */
static int read_range(struct scan *s, u64 start, u64 ram_bytes, bool *hit,
		      u64 *bytes, const char **size_at)
{
	u64 end = U64_MAX, size;
	bool open = true;
	const char *at;
	int ret;

	if (!scan_accept(s, '-'))
		return scan_fail(s, s->p, KDUMP_ARG_RANGE_NO_DASH);
	if (s->p < s->end && *s->p != ':') {
		at = s->p;
		ret = scan_number(s, &end);
		if (ret)
			return ret;
		if (end <= start)
			return scan_fail(s, at, KDUMP_ARG_RANGE_EMPTY);
		open = false;
	}
	if (!scan_accept(s, ':'))
		return scan_fail(s, s->p, KDUMP_ARG_RANGE_NO_SIZE);
	at = s->p;
	ret = scan_number(s, &size);
	if (ret)
		return ret;
	if (!*hit && ram_bytes >= start && (open || ram_bytes < end)) {
		*hit = true;
		*bytes = size;
		*size_at = at;
	}
	return 0;
}

/*
 * All of "range:size,..." after the first range's start was read; *size_at is
 * NULL if no range holds @ram_bytes.
 */
static int read_range_list(struct scan *s, u64 start, u64 ram_bytes,
			   u64 *bytes, const char **size_at)
{
	bool hit = false;
	int ret;

	for (;;) {
		ret = read_range(s, start, ram_bytes, &hit, bytes, size_at);
		if (ret)
			return ret;
		if (!scan_accept(s, ','))
			break;
		ret = scan_number(s, &start);
		if (ret)
			return ret;
	}
	if (!hit)
		*size_at = NULL;
	return 0;
}

/* "[@offset]" and the end of the value. */
static int read_offset(struct scan *s, struct crashkernel_arg *arg)
{
	const char *at = s->p;
	u64 end;
	int ret;

	if (scan_accept(s, '@')) {
		ret = scan_number(s, &arg->base_pa);
		if (ret)
			return ret;
		if (check_add_overflow(arg->base_pa, arg->size_bytes, &end))
			return scan_fail(s, at + 1, KDUMP_ARG_WRAPS);
		arg->fixed = arg->base_pa != 0;
	}
	if (s->p != s->end)
		return scan_fail(s, s->p, KDUMP_ARG_TRAILING);
	return 0;
}

static int check_size(struct scan *s, const char *at, u64 bytes, u64 ram_bytes)
{
	if (!bytes)
		return scan_fail(s, at, KDUMP_ARG_SIZE_ZERO);
	if (bytes >= ram_bytes)
		return scan_fail(s, at, KDUMP_ARG_SIZE_ABOVE_RAM);
	return 0;
}

/*
 * The size that a machine is sold with. Firmware keeps some of it, which must not push the machine
 * into the range below: 1G-4G holds a machine of 1 GiB.
 */
static u64 nominal_bytes(u64 ram_bytes)
{
	u64 bytes;

	if (check_add_overflow(ram_bytes, CRASHKERNEL_RAM_UNIT_BYTES - 1, &bytes))
		return ram_bytes;
	return bytes & ~(u64)(CRASHKERNEL_RAM_UNIT_BYTES - 1);
}

static int read_plain(struct scan *s, struct kdump_arg_err *err, u64 ram_bytes,
		      struct crashkernel_arg *arg)
{
	const char *size_at;
	int ret;

	scan_begin(s, err);
	arg->value = err->value;
	arg->value_bytes = err->value_bytes;
	size_at = s->p;
	if (s->p == s->end)
		return scan_fail(s, s->p, KDUMP_ARG_NO_VALUE);
	ret = scan_number(s, &arg->size_bytes);
	if (ret)
		return ret;
	if (s->p < s->end && *s->p == '-') {
		u64 start = arg->size_bytes;

		arg->size_bytes = 0;
		ret = read_range_list(s, start, nominal_bytes(ram_bytes), &arg->size_bytes,
				      &size_at);
		if (ret)
			return ret;
	}
	ret = read_offset(s, arg);
	if (ret)
		return ret;
	if (!size_at)
		return scan_fail(s, s->err->value, KDUMP_ARG_RANGE_NONE);
	return check_size(s, size_at, arg->size_bytes, ram_bytes);
}

static int read_high(struct crashkernel_words *words, u64 ram_bytes,
		     struct crashkernel_arg *arg, struct kdump_arg_err *err)
{
	int ret;

	arg->high = true;
	ret = read_suffixed(&words->high, ",high", err, &arg->size_bytes);
	arg->value = err->value;
	arg->value_bytes = err->value_bytes;
	if (!ret)
		ret = check_size(&words->high, err->value, arg->size_bytes,
				 ram_bytes);
	if (ret || !words->low.p)
		return ret;

	arg->low_given = true;
	return read_suffixed(&words->low, ",low", err, &arg->low_bytes);
}

static int refuse_high(struct scan *s, struct kdump_arg_err *err)
{
	scan_begin(s, err);
	err->value_bytes += strlen(",high");
	return scan_fail(s, s->end, KDUMP_ARG_PLAIN_WANTED);
}

static size_t text_length(const char *text, size_t max)
{
	size_t n = 0;

	while (n < max && text[n])
		n++;
	return n;
}

int kdump_parse_crashkernel(const char *text, size_t text_bytes, u64 ram_bytes,
			    unsigned int flags, struct crashkernel_arg *arg,
			    struct kdump_arg_err *err)
{
	struct crashkernel_words words;

	memset(arg, 0, sizeof(*arg));
	memset(err, 0, sizeof(*err));
	find_words(text, text + text_length(text, text_bytes), &words);
	if (words.plain.p)
		return read_plain(&words.plain, err, ram_bytes, arg);
	if (!words.high.p)
		return -ENOENT;
	if (flags & KDUMP_ARG_PLAIN_ONLY)
		return refuse_high(&words.high, err);
	return read_high(&words, ram_bytes, arg, err);
}
EXPORT_SYMBOL_IF_KUNIT(kdump_parse_crashkernel);

int kdump_parse_elfcorehdr(const char *value, size_t value_bytes,
			   struct elfcorehdr_arg *arg,
			   struct kdump_arg_err *err)
{
	struct scan s = {
		.p = value,
		.end = value + text_length(value, value_bytes),
	};
	const char *at;
	u64 end;
	int ret;

	memset(arg, 0, sizeof(*arg));
	scan_begin(&s, err);
	if (s.p == s.end)
		return scan_fail(&s, s.p, KDUMP_ARG_NO_VALUE);
	ret = scan_number(&s, &arg->pa);
	if (ret)
		return ret;
	at = s.p;
	if (scan_accept(&s, '@')) {
		arg->sized = true;
		arg->bytes = arg->pa;
		if (!arg->bytes)
			return scan_fail(&s, value, KDUMP_ARG_SIZE_ZERO);
		ret = scan_number(&s, &arg->pa);
		if (ret)
			return ret;
		if (check_add_overflow(arg->pa, arg->bytes, &end))
			return scan_fail(&s, at + 1, KDUMP_ARG_WRAPS);
	}
	if (s.p != s.end)
		return scan_fail(&s, s.p, KDUMP_ARG_TRAILING);
	return 0;
}

static const char * const reason_text[KDUMP_ARG_NR_REASONS] = {
	[KDUMP_ARG_OK] = "nothing is wrong",
	[KDUMP_ARG_NO_VALUE] = "there is no value; write size[KMG][@offset]",
	[KDUMP_ARG_NO_NUMBER] = "a number is expected here",
	[KDUMP_ARG_NUMBER_TOO_BIG] = "the number does not fit in 64 bits",
	[KDUMP_ARG_SIZE_ZERO] = "the size is 0",
	[KDUMP_ARG_SIZE_ABOVE_RAM] = "the size is not smaller than the RAM",
	[KDUMP_ARG_WRAPS] = "offset + size does not fit in 64 bits",
	[KDUMP_ARG_TRAILING] =
		"unexpected text; after a number may follow K, M or G, @offset, or at the end ,high or ,low",
	[KDUMP_ARG_RANGE_EMPTY] = "the range's end is not above its start",
	[KDUMP_ARG_RANGE_NO_SIZE] = "a range must be followed by :size",
	[KDUMP_ARG_RANGE_NO_DASH] = "a range must be start-[end]",
	[KDUMP_ARG_RANGE_NONE] = "no range holds this machine's amount of RAM",
	[KDUMP_ARG_OFFSET_WITH_SUFFIX] =
		"@offset does not go with ,high or ,low",
	[KDUMP_ARG_RANGE_WITH_SUFFIX] =
		"a range does not go with ,high or ,low",
	[KDUMP_ARG_PLAIN_WANTED] =
		"this architecture has no ,high and ,low: write it without",
};

const char *kdump_arg_reason_text(enum kdump_arg_reason reason)
{
	if ((unsigned int)reason >= KDUMP_ARG_NR_REASONS)
		return "unknown reason";
	return reason_text[reason];
}
