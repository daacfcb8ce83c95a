// The product that filter gradients are made of: six rows by sixteen columns of it stay in registers while the sum over pixels, or
// over tiles of pixels, goes on.
#ifndef LAB_PRODUCTS_H_
#define LAB_PRODUCTS_H_

#include <cstdint>

namespace lab {

constexpr int kRows = 6;      // rows that a product keeps in registers
constexpr int kColumns = 16;  // columns that it does

// What is multiplied: rows of floats, `pitch` apart, of which the first kRows or kColumns are read.
struct Panel {
  const float *values;
  int64_t pitch;
};

// Where sums go: `rows` of `columns` floats, `pitch` apart, at most kRows of kColumns.
struct Sums {
  float *values;
  int64_t pitch, rows, columns;
  bool fresh;  // nothing has been summed yet: they are written anew
};

// sums += aᵀ b over `count` rows of both.
void AddProduct(const Panel &a, const Panel &b, int64_t count, const Sums &sums);

}  // namespace lab

#endif  // LAB_PRODUCTS_H_
