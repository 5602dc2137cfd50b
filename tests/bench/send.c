// Sends the small frames of a pcap file at a set rate: send INTERFACE FILE FRAMES_PER_SECOND SECONDS
//
// Prints how many frames went out and in how many seconds. For tests/bench/live; sends on a veth end that nobody listens on.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { LEAST = 60, MOST = 256, BATCH = 32 };

struct frame {
    const unsigned char *bytes;
    uint32_t length;
};

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// Frames of 60 to 256 bytes of a pcap file in this machine's byte order.
static size_t load(const char *path, struct frame **frames) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) fail(path);
    long size = ftell(file);
    unsigned char *bytes = malloc((size_t)size);
    rewind(file);
    if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) fail(path);
    fclose(file);
    size_t count = 0, room = 0;
    for (long at = 24; at + 16 <= size;) {
        uint32_t length;
        memcpy(&length, bytes + at + 8, 4);
        at += 16;
        if (length > size - at) break;
        if (length >= LEAST && length <= MOST) {
            if (count == room) {
                room = room ? 2 * room : 4096;
                *frames = realloc(*frames, room * sizeof **frames);
                if (!*frames) fail("memory");
            }
            (*frames)[count++] = (struct frame){bytes + at, length};
        }
        at += length;
    }
    return count;
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "send INTERFACE FILE FRAMES_PER_SECOND SECONDS\n");
        return 2;
    }
    struct frame *frames = NULL;
    size_t count = load(argv[2], &frames);
    double rate = atof(argv[3]), seconds = atof(argv[4]);
    if (count < BATCH) {
        fprintf(stderr, "%s has %zu frames of %d to %d bytes: too few\n", argv[2], count, LEAST, MOST);
        return 1;
    }
    int descriptor = socket(AF_PACKET, SOCK_RAW, 0);
    if (descriptor < 0) fail("socket");
    int on = 1;
    // Past the queue, where frames could be dropped unseen.
    if (setsockopt(descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on)) fail("PACKET_QDISC_BYPASS");
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(argv[1])};
    if (!address.sll_ifindex || bind(descriptor, (struct sockaddr *)&address, sizeof address)) fail(argv[1]);

    struct mmsghdr messages[BATCH] = {0};
    struct iovec parts[BATCH];
    for (int i = 0; i < BATCH; i++) messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    unsigned long sent = 0;
    size_t next = 0;
    double began = now(), passed = 0;
    while (passed < seconds) {
        for (int i = 0; i < BATCH; i++) {
            const struct frame *frame = &frames[(next + (size_t)i) % count];
            parts[i] = (struct iovec){(void *)frame->bytes, frame->length};
        }
        int done = sendmmsg(descriptor, messages, BATCH, 0);
        if (done < 0) fail("sendmmsg");
        sent += (unsigned long)done;
        next = (next + (size_t)done) % count;
        do {
            passed = now() - began;
        } while ((double)sent > passed * rate && passed < seconds);
    }
    printf("%lu %.3f\n", sent, passed);
    return 0;
}
