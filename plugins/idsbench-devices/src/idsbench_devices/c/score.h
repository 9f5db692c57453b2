/* What every model offers, and how large its rows are (shape.h is written for each model). */
#ifndef IDSBENCH_SCORE_H
#define IDSBENCH_SCORE_H
#include "shape.h" /* COLUMNS: numbers in a row; SCORES: numbers in its answer */

void idsbench_scores(const float *row, float *scores);

#endif
