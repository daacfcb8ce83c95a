// Sums over all but the last axis. Rows are added up in float32 in short runs and these in float64, in an order that depends on the shape alone.
#ifndef LAB_SUMS_H_
#define LAB_SUMS_H_

#include <functional>
#include <vector>

#include "kernel.h"

namespace lab {

struct Rows {
  int64_t count, channels, size;  // size: rows of a chunk
  int64_t chunks() const { return (count + size - 1) / size; }
};

// The rows of an input: all axes but the last.
Rows RowsOf(const Call &call, int input);

// Rows of a run: what is summed in float32 before it joins the float64 sums.
constexpr int64_t kRun = 64;

// Calls work(chunk, from, count) for runs of rows: the chunks on all threads, the runs of one in their order. A run of all of its
// channels fits the second-level cache, so that several kernels may go over it one after another.
void ForRuns(const Rows &rows, const std::function<void(int64_t chunk, int64_t from, int64_t count)> &work);

// sums[c] = Σ (a - s), products[c] = Σ (a - s)(b - t) over all rows. `prepare`, if any, is called for each run before it is read.
void Total(const float *a, const float *b, const float *s, const float *t, const Rows &rows, std::vector<double> *sums, std::vector<double> *products, const std::function<void(int64_t from, int64_t count)> &prepare = nullptr);

// The sums of a's columns, as a run after the other comes.
class ColumnSums {
 public:
  explicit ColumnSums(const Rows &rows) : rows_(rows), partial_(rows.chunks() * rows.channels, 0.0) {}
  // Adds `count` rows of `chunk`, the first of which is at `a`.
  void Add(int64_t chunk, const float *a, int64_t count);
  void Write(float *sums) const;

 private:
  const Rows rows_;
  std::vector<double> partial_;
};

}  // namespace lab

#endif  // LAB_SUMS_H_
