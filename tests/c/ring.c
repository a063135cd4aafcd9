// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/vhost.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "process.h"
#include "ring.h"

#define ALIGN		4096u
#define BUFFERS		(RING_SIZE / 2)
#define HEADER		sizeof(struct virtio_net_hdr_mrg_rxbuf)

#define FEATURES	((1ull << VIRTIO_F_VERSION_1) | \
			 (1ull << VIRTIO_NET_F_MRG_RXBUF))

_Static_assert(RING_NUM * RING_BUFFER <= RING_SIZE - BUFFERS, "buffers fit");

void *ring_memory(unsigned int n)
{
	return shared_memory((size_t)n * RING_SIZE);
}

void ring_view(struct ring *ring, void *mem)
{
	*ring = (struct ring){ .mem = mem, .vhost = -1, .kick = -1, .call = -1 };
	vring_init(&ring->vring, RING_NUM, mem, ALIGN);
}

void ring_init(struct ring *ring, void *mem)
{
	unsigned int i;

	ring_view(ring, mem);
	memset(mem, 0, vring_size(RING_NUM, ALIGN));
	for (i = 0; i < RING_NUM; i++) {
		ring->vring.desc[i] = (struct vring_desc){
			.addr = (uintptr_t)ring->mem + BUFFERS + i * RING_BUFFER,
			.len = RING_BUFFER,
			.flags = VRING_DESC_F_WRITE,
		};
		ring->vring.avail->ring[i] = i;
	}
	__atomic_store_n(&ring->vring.avail->idx, RING_NUM, __ATOMIC_RELEASE);
}

static int set_memory(const struct ring *ring, int vhost)
{
	struct vhost_memory *table;
	int ret;

	table = calloc(1, sizeof(*table) + sizeof(table->regions[0]));
	if (!table)
		return -ENOMEM;
	table->nregions = 1;
	table->regions[0] = (struct vhost_memory_region){
		.guest_phys_addr = (uintptr_t)ring->mem,
		.userspace_addr = (uintptr_t)ring->mem,
		.memory_size = RING_SIZE,
	};
	ret = ioctl(vhost, VHOST_SET_MEM_TABLE, table) ? -errno : 0;
	free(table);
	return ret;
}

static int set_ring(const struct ring *ring, int vhost)
{
	struct vhost_vring_state num = { .num = RING_NUM };
	struct vhost_vring_state base = { .num = ring_used(ring) };
	struct vhost_vring_addr addr = {
		.desc_user_addr = (uintptr_t)ring->vring.desc,
		.avail_user_addr = (uintptr_t)ring->vring.avail,
		.used_user_addr = (uintptr_t)ring->vring.used,
	};
	struct vhost_vring_file kick = { .fd = ring->kick };
	struct vhost_vring_file call = { .fd = ring->call };

	if (ioctl(vhost, VHOST_SET_VRING_NUM, &num) ||
	    ioctl(vhost, VHOST_SET_VRING_BASE, &base) ||
	    ioctl(vhost, VHOST_SET_VRING_ADDR, &addr) ||
	    ioctl(vhost, VHOST_SET_VRING_KICK, &kick) ||
	    ioctl(vhost, VHOST_SET_VRING_CALL, &call))
		return -errno;
	return 0;
}

int ring_set_up(struct ring *ring, int vhost)
{
	uint64_t features = FEATURES;
	int ret;

	ring_close(ring);
	ring->vhost = vhost;
	ring->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ring->call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ioctl(vhost, VHOST_SET_FEATURES, &features))
		return -errno;
	ret = set_memory(ring, vhost);
	return ret ? ret : set_ring(ring, vhost);
}

int ring_start(const struct ring *ring, int tap)
{
	struct vhost_vring_file backend = { .fd = tap };

	return ioctl(ring->vhost, VHOST_NET_SET_BACKEND, &backend) ? -errno : 0;
}

void ring_close(struct ring *ring)
{
	if (ring->kick >= 0)
		close(ring->kick);
	if (ring->call >= 0)
		close(ring->call);
	ring->kick = -1;
	ring->call = -1;
}

uint16_t ring_used(const struct ring *ring)
{
	return __atomic_load_n(&ring->vring.used->idx, __ATOMIC_ACQUIRE);
}

const void *ring_frame(const struct ring *ring, uint16_t index)
{
	uint32_t id = ring->vring.used->ring[index % RING_NUM].id;

	return ring->mem + BUFFERS + id % RING_NUM * RING_BUFFER + HEADER;
}

int vhost_own(int vhost)
{
	return ioctl(vhost, VHOST_SET_OWNER, NULL) ? -errno : 0;
}
