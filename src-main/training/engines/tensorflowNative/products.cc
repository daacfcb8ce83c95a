#include "products.h"

#include "kernel.h"

namespace lab {

LAB_EVERY_CPU void AddProduct(const Panel &a, const Panel &b, int64_t count, const Sums &sums) {
  Vector total[kRows][2];
  for (int r = 0; r < kRows; r++) total[r][0] = total[r][1] = Vector{};
  const float *left = a.values, *right = b.values;
  for (int64_t p = 0; p < count; p++, left += a.pitch, right += b.pitch) {
    const Vector low = *reinterpret_cast<const Vector *>(right), high = *reinterpret_cast<const Vector *>(right + kLanes);
    for (int r = 0; r < kRows; r++) {
      total[r][0] += left[r] * low;
      total[r][1] += left[r] * high;
    }
  }
  for (int64_t r = 0; r < sums.rows; r++) {
    float *to = sums.values + r * sums.pitch;
    if (sums.columns == kColumns) {
      Vector *low = reinterpret_cast<Vector *>(to), *high = reinterpret_cast<Vector *>(to + kLanes);
      *low = sums.fresh ? total[r][0] : *low + total[r][0];
      *high = sums.fresh ? total[r][1] : *high + total[r][1];
    } else {
      for (int64_t c = 0; c < sums.columns; c++) to[c] = (sums.fresh ? 0 : to[c]) + total[r][c / kLanes][c % kLanes];
    }
  }
}

}  // namespace lab
