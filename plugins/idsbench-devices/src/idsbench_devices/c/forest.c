/* Trees as one table of nodes in single precision. model.h holds the numbers. */
#include <stdint.h>
#include "link.h"
#include "score.h"

#define LEAF 0xFFFF

/* An inner node's left child is the next node; `right` counts nodes to the other one.
   Of a leaf `number` is its value, or `right` the row of `leaves` that holds its values. */
typedef struct {
    float number;
    uint16_t feature;
    RIGHT right;
} Node;

#include "model.h" /* nodes, roots, start; leaves where a leaf has several values */

void idsbench_scores(const float *row, float *scores) {
    for (int k = 0; k < SCORES; k++) scores[k] = 0.0f;
    for (int t = 0; t < TREES; t++) {
        const Node *node = nodes + roots[t];
        while (node->feature != LEAF) node += row[node->feature] <= node->number ? 1 : node->right;
#if SCORES == 1
        scores[0] += node->number;
#else
        for (int k = 0; k < SCORES; k++) scores[k] += leaves[node->right][k];
#endif
    }
    for (int k = 0; k < SCORES; k++) scores[k] = scores[k] / TREES + start[k];
    LINK(scores, SCORES);
}
