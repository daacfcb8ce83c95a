// The threads that our kernels share: chunks of a fixed extent, taken in any order, so that results do not depend on the number of threads.
#ifndef LAB_POOL_H_
#define LAB_POOL_H_

#include <cstdint>
#include <functional>

namespace lab {

// How many threads work on a kernel, the calling one included; before the first kernel runs.
void SetThreads(int count);

// Calls work(chunk) for chunk 0 … chunks-1 on all threads and waits for the last.
void ForChunks(int64_t chunks, const std::function<void(int64_t)> &work);

// How many pieces of `size` cover `count`.
inline int64_t Pieces(int64_t count, int64_t size) { return (count + size - 1) / size; }

// `count`, filled up to whole pieces.
inline int64_t Up(int64_t count, int64_t size) { return Pieces(count, size) * size; }

// Calls work(from, to) over [0, count) in chunks of `size`.
inline void ForRange(int64_t count, int64_t size, const std::function<void(int64_t, int64_t)> &work) {
  ForChunks(Pieces(count, size), [&](int64_t chunk) {
    const int64_t from = chunk * size;
    work(from, from + size < count ? from + size : count);
  });
}

}  // namespace lab

#endif  // LAB_POOL_H_
