// SPDX-License-Identifier: GPL-2.0-only
/*
 * In a capture kernel: add a device dump, or refuse pages of old memory.
 *
 * It does what a driver does that has something to say in a dump (drivers/net/ethernet/chelsio)
 * or knows of memory that must not be touched (virtio-mem), with values that a test can check.
 *
 * Interface: insmod kdcapture.ko [dump=BYTES] [fail=1] [refuse_pfn=N refuse_pages=N]; insmod gives
 * the error of vmcore_add_device_dump(). Byte i of the dump is i * 7 + 3. The refused
 * pages are refused until rmmod. Context: module load of a capture kernel, process.
 */
#define pr_fmt(fmt) "kdcapture: " fmt

#include <linux/crash_dump.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

static unsigned int dump;
module_param(dump, uint, 0444);
MODULE_PARM_DESC(dump, "bytes of the device dump; 0 adds none");

static bool fail;
module_param(fail, bool, 0444);
MODULE_PARM_DESC(fail, "the driver can not fill its dump");

static unsigned long refuse_pfn;
module_param(refuse_pfn, ulong, 0444);
MODULE_PARM_DESC(refuse_pfn, "first page frame that must not be touched");

static unsigned long refuse_pages;
module_param(refuse_pages, ulong, 0444);
MODULE_PARM_DESC(refuse_pages, "how many; 0 refuses none");

static int fill(struct vmcoredd_data *data, void *buf)
{
	u8 *byte = buf;

	if (fail)
		return -EIO;
	for (unsigned int i = 0; i < data->size; i++)
		byte[i] = i * 7 + 3;
	return 0;
}

static bool may_be_touched(struct vmcore_cb *cb, unsigned long pfn)
{
	return pfn - refuse_pfn >= refuse_pages;
}

static struct vmcoredd_data device = {
	.dump_name = "kdcapture",
	.vmcoredd_callback = fill,
};

static struct vmcore_cb refusal = {
	.pfn_is_ram = may_be_touched,
};

static int __init kdcapture_init(void)
{
	int err = 0;

	device.size = dump;
	if (dump || fail)
		err = vmcore_add_device_dump(&device);
	if (!err && refuse_pages)
		register_vmcore_cb(&refusal);
	return err;
}
module_init(kdcapture_init);

static void __exit kdcapture_exit(void)
{
	if (refuse_pages)
		unregister_vmcore_cb(&refusal);
}
module_exit(kdcapture_exit);

MODULE_DESCRIPTION("Device dump and refused pages for tests of /proc/vmcore");
MODULE_LICENSE("GPL");
