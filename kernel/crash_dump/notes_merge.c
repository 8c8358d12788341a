// SPDX-License-Identifier: GPL-2.0-only
/*
 * All notes of the crashed kernel, merged into one buffer.
 *
 * The ELF core header has a PT_NOTE for each CPU and one for VMCOREINFO; readers of a core file
 * expect one. Each is fetched, walked as untrusted input, and what is sound of it is appended.
 *
 * The number in an exported NT_PRSTATUS may differ from the one in memory: gdb drops a thread
 * whose number is 0 or was there before, and every idle CPU has 0. Such a thread becomes
 * DUMP_PID_BASE + its CPU. drgn and crash read the per-CPU notes in memory and see no change.
 *
 * Interface: dump.h. Context: process context of the capture kernel; may sleep.
 */
#define pr_fmt(fmt) "vmcore: " fmt

#include <linux/elf.h>
#include <linux/elfcore.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "dump.h"

/* Above PID_MAX_LIMIT of every configuration: no thread has such a number. */
#define DUMP_PID_BASE		(4 * 1024 * 1024 + 1)

/* All notes together: 8192 CPUs with half a page each. */
#define DUMP_NOTES_BYTES	SZ_32M

/* Lines for unsound notes; each CPU may have one. */
#define DUMP_NOTE_LINES		16

/**
 * struct merge - the merging in progress
 * @notes: result
 * @pid: numbers given so far
 * @cap: room in @pid
 * @pid_off: where pr_pid stands in an NT_PRSTATUS
 * @next_cpu: number of the next CPU at least
 * @unsound: PT_NOTEs with something unsound
 */
struct merge {
	struct dump_notes *notes;
	u32 *pid;
	size_t cap;
	size_t pid_off;
	u32 next_cpu;
	unsigned int unsound;
};

/* Offset of pr_pid: after pr_info, pr_cursig and the two signal sets, which are longs. */
static size_t prstatus_pid_off(u16 machine)
{
	size_t word = machine == EM_386 ? 4 : sizeof(long);

	return ALIGN(sizeof(struct elf_siginfo) + sizeof(short), word) + 2 * word;
}

static bool pid_taken(const struct merge *m, u32 pid)
{
	unsigned int nr = min_t(size_t, m->notes->cpus, m->cap);

	for (unsigned int i = 0; i < nr; i++)
		if (m->pid[i] == pid)
			return true;
	return false;
}

static void number_thread(struct merge *m, void *desc, size_t desc_bytes, u32 cpu)
{
	u32 pid;

	if (desc_bytes < m->pid_off + sizeof(pid))
		return;
	cpu = max(cpu, m->next_cpu);
	m->next_cpu = cpu + 1;

	memcpy(&pid, desc + m->pid_off, sizeof(pid));
	if (!pid || pid_taken(m, pid)) {
		pid = DUMP_PID_BASE + cpu;
		memcpy(desc + m->pid_off, &pid, sizeof(pid));
	}
	if (m->notes->cpus < m->cap)
		m->pid[m->notes->cpus] = pid;
	m->notes->cpus++;
}

/* Keeps what is sound of the @bytes at the end of the buffer. */
static void keep_sound(struct merge *m, const struct elfcore_seg *seg, size_t bytes, u32 cpu)
{
	void *at = m->notes->buf + m->notes->bytes;
	struct elfcore_note_iter it;
	struct elfcore_note note;

	elfcore_note_walk(&it, at, bytes);
	while (elfcore_note_next(&it, &note))
		if (elfcore_note_is(&note, "CORE", NT_PRSTATUS))
			number_thread(m, at + (note.desc - at), note.desc_bytes, cpu);

	if (it.why != ELFCORE_OK && m->unsound++ < DUMP_NOTE_LINES)
		pr_warn("program header %u: at byte %zu of its notes: %s\n", seg->index, it.pos,
			elfcore_reason_text(it.why));
	memset(at + it.pos, 0, bytes - it.pos);
	m->notes->bytes += ALIGN(it.pos, 4);
}

static void merge_segment(struct merge *m, const struct elfcore_seg *seg,
			  struct oldmem_reader *reader, size_t cap, u32 cpu)
{
	void *at = m->notes->buf + m->notes->bytes;

	if (ALIGN(seg->filesz, 4) > cap - m->notes->bytes) {
		pr_warn("program header %u: its %llu bytes of notes are too many (%zu in all); left out\n",
			seg->index, seg->filesz, cap);
		return;
	}
	if (oldmem_read_kernel(reader, seg->offset, seg->filesz, reader->source->encrypted, at)) {
		pr_warn("program header %u: its notes at %#llx can not be read; left out\n",
			seg->index, seg->offset);
		memset(at, 0, seg->filesz);
		return;
	}
	keep_sound(m, seg, seg->filesz, cpu);
}

/* A buffer as large as the notes turned out to be. */
static int shrink(struct dump_notes *notes, size_t cap)
{
	size_t bytes = PAGE_ALIGN(max_t(size_t, notes->bytes, 1));
	void *buf;

	if (bytes == cap)
		return 0;
	buf = vzalloc(bytes);
	if (!buf)
		return -ENOMEM;
	memcpy(buf, notes->buf, notes->bytes);
	vfree(notes->buf);
	notes->buf = buf;
	return 0;
}

int dump_notes_merge(struct dump_notes *notes, const struct kdump_crashed *crashed,
		     struct oldmem_reader *reader)
{
	struct merge m = {
		.notes = notes,
		.pid_off = prstatus_pid_off(crashed->header.machine),
	};
	u64 wanted = 0;
	size_t cap;
	u32 cpu = 0;
	int err;

	memset(notes, 0, sizeof(*notes));
	for (size_t i = 0; i < crashed->nr; i++) {
		if (crashed->seg[i].type != PT_NOTE)
			continue;
		wanted += ALIGN(crashed->seg[i].filesz, 4);
		m.cap++;
	}

	/* One PT_NOTE may hold the notes of all CPUs; an NT_PRSTATUS takes more than that. */
	m.cap = max_t(size_t, m.cap, min_t(u64, wanted, DUMP_NOTES_BYTES) / 128 + 1);
	cap = PAGE_ALIGN(clamp_t(u64, wanted, 1, DUMP_NOTES_BYTES));
	notes->buf = vzalloc(cap);
	m.pid = kvcalloc(m.cap, sizeof(*m.pid), GFP_KERNEL);
	err = -ENOMEM;
	if (!notes->buf || !m.pid)
		goto out;

	for (size_t i = 0; i < crashed->nr; i++)
		if (crashed->seg[i].type == PT_NOTE)
			merge_segment(&m, &crashed->seg[i], reader, cap, cpu++);
	if (m.unsound > DUMP_NOTE_LINES)
		pr_warn("%u more program headers with unsound notes\n",
			m.unsound - DUMP_NOTE_LINES);
	err = shrink(notes, cap);
out:
	kvfree(m.pid);
	if (err) {
		vfree(notes->buf);
		notes->buf = NULL;
	}
	return err;
}
