/* emlearn's trees: 16-bit thresholds, 8-bit leaves. model.h holds its tables and the scale. */
#include <stdint.h>
#include "score.h"
#include "model.h" /* by emlearn: forest_predict_proba; CLASSES, low and factor of each column */

void idsbench_scores(const float *row, float *scores) {
    int16_t quantised[COLUMNS];
    float shares[CLASSES];
    for (int j = 0; j < COLUMNS; j++) {
        /* Rounded down, as thresholds are: of two numbers the larger is never put lower. */
        float step = floorf((row[j] - low[j]) * factor[j]) + LEAST;
        quantised[j] = (int16_t)(step < LEAST ? LEAST : step > MOST ? MOST : step);
    }
    forest_predict_proba(quantised, COLUMNS, shares, CLASSES);
#if SCORES == 1
    scores[0] = shares[1];
#else
    for (int k = 0; k < SCORES; k++) scores[k] = shares[k];
#endif
}
