// GELU for kernels that have more to do with the same numbers.
#ifndef LAB_ACTIVATION_H_
#define LAB_ACTIVATION_H_

#include <cstdint>

namespace lab {

void Gelu(const float *x, float *y, int64_t count);
void GeluGradient(const float *dy, const float *x, float *dx, int64_t count);

}  // namespace lab

#endif  // LAB_ACTIVATION_H_
