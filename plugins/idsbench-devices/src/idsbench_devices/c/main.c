/* Scores rows, and times the scoring of single rows.
     main scores                      rows on standard input -> scores on standard output
     main work SECONDS                rows on standard input -> how many were scored in that time
     main time WARM_UP_S SECONDS      rows on standard input -> one line of JSON
   Rows and scores are single-precision numbers as this machine lays them out. Memory for them is
   a fixed block, so that the peak of the process tells of the model. */
#define _POSIX_C_SOURCE 200112L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "score.h"

#define ROWS 256       /* that the timed calls go round */
#define WINDOWS 5
#define CALLS 100000   /* that are kept of a window, at most */

static float rows[ROWS][COLUMNS];

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int scores_of_all(void) {
    float scores[SCORES];
    size_t got;
    while ((got = fread(rows, sizeof rows[0], ROWS, stdin)) > 0)
        for (size_t i = 0; i < got; i++) {
            idsbench_scores(rows[i], scores);
            if (fwrite(scores, sizeof scores, 1, stdout) != 1) return 1;
        }
    return fflush(stdout) != 0;
}

/* Peak resident memory in kB, 0 where the system does not tell. */
static long peak_kb(void) {
    char line[256];
    long found = 0;
    FILE *status = fopen("/proc/self/status", "r");
    if (!status) return 0;
    while (fgets(line, sizeof line, status))
        if (!strncmp(line, "VmHWM:", 6)) found = strtol(line + 6, NULL, 10);
    fclose(status);
    return found;
}

/* Calls one row after another for so long; keeps the ns of every so many-th call, up to CALLS of
   them; tells how many it kept. */
static size_t repeat(size_t count, double seconds, size_t every, uint32_t *kept) {
    static volatile float sink;
    float scores[SCORES];
    const int64_t end = now() + (int64_t)(seconds * 1e9);
    size_t calls = 0, keeps = 0;
    do {
        const int64_t before = now();
        idsbench_scores(rows[calls % count], scores);
        const int64_t took = now() - before;
        sink = scores[0];
        if (calls++ % every == 0) kept[keeps++] = took < UINT32_MAX ? (uint32_t)took : UINT32_MAX;
    } while (keeps < CALLS && now() < end);
    (void)sink;
    return keeps;
}

/* Goes round the rows for so long; tells how many it scored. */
static size_t rounds(size_t count, double seconds) {
    static volatile float sink;
    float scores[SCORES];
    const int64_t end = now() + (int64_t)(seconds * 1e9);
    size_t calls = 0;
    do
        for (size_t i = 0; i < count; i++, calls++) {
            idsbench_scores(rows[i], scores);
            sink = scores[0];
        }
    while (now() < end);
    (void)sink;
    return calls;
}

/* Rows per second where nothing but the scoring is between two readings of the clock. */
static double throughput(size_t count, double seconds) {
    const int64_t begin = now();
    const size_t calls = rounds(count, seconds);
    return (double)calls / ((double)(now() - begin) / 1e9);
}

/* For a meter outside, which the time to start and to end is part of. */
static int work(double seconds) {
    const size_t count = fread(rows, sizeof rows[0], ROWS, stdin);
    if (!count) return 1;
    printf("%lu\n", (unsigned long)rounds(count, seconds));
    return fflush(stdout) != 0;
}

static uint32_t of_clock(uint32_t *kept) {
    for (size_t i = 0; i < 1001; i++) {
        const int64_t before = now();
        kept[i] = (uint32_t)(now() - before);
    }
    qsort(kept, 1001, sizeof *kept, by_size);
    return kept[500];
}

static void percentiles(uint32_t *kept, size_t calls) {
    qsort(kept, calls, sizeof *kept, by_size);
    printf("{\"calls\": %zu, \"p50_ns\": %u, \"p95_ns\": %u, \"p99_ns\": %u}", calls,
           kept[calls / 2], kept[calls * 95 / 100], kept[calls * 99 / 100]);
}

static int timed(double warm_up, double seconds) {
    float scores[SCORES];
    const size_t count = fread(rows, sizeof rows[0], ROWS, stdin);
    if (!count) return 1;
    for (size_t i = 0; i < count && i < 64; i++) idsbench_scores(rows[i], scores);
    const long peak = peak_kb(); /* before memory for the durations is taken */
    uint32_t *kept = malloc(WINDOWS * CALLS * sizeof *kept);
    if (!kept) return 1;
    const uint32_t clock = of_clock(kept);
    const int64_t began = now();
    const size_t warm = repeat(count, warm_up, 1, kept);
    const double each = (double)(now() - began) / (double)warm; /* ns */
    /* Odd, so that it goes round all of the rows. */
    const size_t every = (size_t)(seconds / WINDOWS * 1e9 / each / CALLS) * 2 + 1;
    size_t total = 0;
    printf("{\"windows\": [");
    for (int w = 0; w < WINDOWS; w++) {
        const size_t calls = repeat(count, seconds / WINDOWS, every, kept + total);
        if (w) printf(", ");
        percentiles(kept + total, calls);
        total += calls;
    }
    printf("], \"all\": ");
    percentiles(kept, total);
    printf(", \"clock_ns\": %u, \"rows_per_s\": %.9g, \"peak_rss_kb\": %ld}\n", clock,
           throughput(count, seconds / WINDOWS), peak);
    free(kept);
    return fflush(stdout) != 0;
}

int main(int count, char **words) {
    if (count == 2 && !strcmp(words[1], "scores")) return scores_of_all();
    if (count == 3 && !strcmp(words[1], "work")) return work(atof(words[2]));
    if (count == 4 && !strcmp(words[1], "time")) return timed(atof(words[2]), atof(words[3]));
    fprintf(stderr, "usage: main scores | main work SECONDS | main time WARM_UP_S SECONDS\n");
    return 2;
}
