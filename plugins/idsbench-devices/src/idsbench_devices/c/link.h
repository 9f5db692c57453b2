/* From sums to scores. */
#ifndef IDSBENCH_LINK_H
#define IDSBENCH_LINK_H
#include <math.h>

static inline void logistic(float *x, int n) {
    for (int i = 0; i < n; i++) x[i] = 1.0f / (1.0f + expf(-x[i]));
}

static inline void softmax(float *x, int n) {
    float most = x[0], sum = 0.0f;
    for (int i = 1; i < n; i++) most = x[i] > most ? x[i] : most;
    for (int i = 0; i < n; i++) sum += x[i] = expf(x[i] - most);
    for (int i = 0; i < n; i++) x[i] /= sum;
}

#endif
