/* A small network in single precision; dense layers run in emlearn's eml_net_forward.
   Numbers between layers lie channel by channel. model.h holds the weights. */
#include <stdint.h>
#include <eml_net.h>
#include "link.h"
#include "score.h"

enum { DENSE, CONV, POOL_MAX, POOL_AVERAGE, RESIZE, PLANES, PIXELS, TAKE, RELU, ELU, TANH, LOGISTIC, SOFTMAX };

typedef struct {
    int kind;
    int before[3], after[3]; /* channels, height, width */
    int window[2], stride[2], border[2];
    const float *weight, *bias;
} Layer;

#include "model.h" /* layers, LAYERS, LARGEST, and USES_... for each kind that there is */

static float buffers[2][LARGEST];

#ifdef USES_CONV
static void conv(const Layer *l, const float *in, float *out) {
    const int channels = l->before[0], height = l->before[1], width = l->before[2];
    const float *weight = l->weight;
    for (int o = 0; o < l->after[0]; o++, weight += channels * l->window[0] * l->window[1])
        for (int y = 0; y < l->after[1]; y++)
            for (int x = 0; x < l->after[2]; x++) {
                float sum = l->bias[o];
                const float *w = weight;
                for (int c = 0; c < channels; c++)
                    for (int i = 0; i < l->window[0]; i++)
                        for (int j = 0; j < l->window[1]; j++, w++) {
                            const int row = y * l->stride[0] + i - l->border[0];
                            const int column = x * l->stride[1] + j - l->border[1];
                            if (row >= 0 && row < height && column >= 0 && column < width)
                                sum += *w * in[(c * height + row) * width + column];
                        }
                *out++ = sum;
            }
}
#endif

#ifdef USES_POOL
static void pool(const Layer *l, const float *in, float *out) {
    const int height = l->before[1], width = l->before[2];
    for (int c = 0; c < l->after[0]; c++)
        for (int y = 0; y < l->after[1]; y++)
            for (int x = 0; x < l->after[2]; x++) {
                float most = -INFINITY, sum = 0.0f;
                for (int i = 0; i < l->window[0]; i++)
                    for (int j = 0; j < l->window[1]; j++) {
                        const int row = y * l->stride[0] + i, column = x * l->stride[1] + j;
                        const float value = in[(c * height + row) * width + column];
                        most = value > most ? value : most;
                        sum += value;
                    }
                *out++ = l->kind == POOL_MAX ? most : sum / (float)(l->window[0] * l->window[1]);
            }
}
#endif

#ifdef USES_RESIZE
static void resize(const Layer *l, const float *in, float *out) {
    for (int c = 0; c < l->after[0]; c++)
        for (int y = 0; y < l->after[1]; y++)
            for (int x = 0; x < l->after[2]; x++) {
                const int row = y * l->before[1] / l->after[1];
                const int column = x * l->before[2] / l->after[2];
                *out++ = in[(c * l->before[1] + row) * l->before[2] + column];
            }
}
#endif

#ifdef USES_PLANES
static void planes(const Layer *l, const float *in, float *out) {
    const int channels = l->after[0], size = l->after[1] * l->after[2];
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < size; i++) *out++ = in[i * channels + c];
}
#endif

#ifdef USES_PIXELS
static void pixels(const Layer *l, const float *in, float *out) {
    const int channels = l->after[0], size = l->after[1] * l->after[2];
    for (int i = 0; i < size; i++)
        for (int c = 0; c < channels; c++) *out++ = in[c * size + i];
}
#endif

/* Runs one layer; tells whether its answer is in `out`, or was put in place into `in`. */
static int run(const Layer *l, float *in, float *out) {
    const int inputs = l->before[0] * l->before[1] * l->before[2];
    const int outputs = l->after[0] * l->after[1] * l->after[2];
    switch (l->kind) {
    case DENSE:
        eml_net_forward(in, inputs, l->weight, l->bias, EmlNetActivationIdentity, out, outputs);
        return 1;
#ifdef USES_CONV
    case CONV: conv(l, in, out); return 1;
#endif
#ifdef USES_POOL
    case POOL_MAX:
    case POOL_AVERAGE: pool(l, in, out); return 1;
#endif
#ifdef USES_RESIZE
    case RESIZE: resize(l, in, out); return 1;
#endif
#ifdef USES_PLANES
    case PLANES: planes(l, in, out); return 1;
#endif
#ifdef USES_PIXELS
    case PIXELS: pixels(l, in, out); return 1;
#endif
    case TAKE: out[0] = in[l->window[0]]; return 1;
#ifdef USES_RELU
    case RELU: for (int i = 0; i < inputs; i++) in[i] = in[i] > 0.0f ? in[i] : 0.0f; return 0;
#endif
#ifdef USES_ELU
    case ELU: for (int i = 0; i < inputs; i++) in[i] = in[i] > 0.0f ? in[i] : expm1f(in[i]); return 0;
#endif
#ifdef USES_TANH
    case TANH: for (int i = 0; i < inputs; i++) in[i] = tanhf(in[i]); return 0;
#endif
#ifdef USES_LOGISTIC
    case LOGISTIC: logistic(in, inputs); return 0;
#endif
#ifdef USES_SOFTMAX
    case SOFTMAX: softmax(in, inputs); return 0;
#endif
    }
    return 0;
}

void idsbench_scores(const float *row, float *scores) {
    float *in = buffers[0], *out = buffers[1];
    for (int j = 0; j < COLUMNS; j++) in[j] = row[j];
    for (int i = 0; i < LAYERS; i++)
        if (run(&layers[i], in, out)) {
            float *swap = in;
            in = out;
            out = swap;
        }
    for (int k = 0; k < SCORES; k++) scores[k] = in[k];
}
