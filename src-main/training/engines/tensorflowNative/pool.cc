// The threads that our kernels share.
#include "pool.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace lab {
namespace {

// One kernel's chunks. Helpers may look at it after the caller has gone, so that it is shared.
struct Job {
  const std::function<void(int64_t)> *work;
  int64_t chunks;
  std::atomic<int64_t> next{0};
  std::atomic<int64_t> done{0};
  std::mutex mutex;
  std::condition_variable finished;

  void Help() {
    for (int64_t chunk = next++; chunk < chunks; chunk = next++) {
      (*work)(chunk);
      if (++done == chunks) {
        std::lock_guard<std::mutex> lock(mutex);
        finished.notify_all();
      }
    }
  }
};

class Pool {
 public:
  explicit Pool(int helpers) : helpers_(helpers) {
    for (int i = 0; i < helpers; i++) std::thread([this] { Loop(); }).detach();
  }

  void Run(int64_t chunks, const std::function<void(int64_t)> &work) {
    auto job = std::make_shared<Job>();
    job->work = &work;
    job->chunks = chunks;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      for (int64_t i = 0; i < std::min<int64_t>(helpers_, chunks - 1); i++) waiting_.push_back(job);
    }
    wake_.notify_all();
    job->Help();
    std::unique_lock<std::mutex> lock(job->mutex);
    job->finished.wait(lock, [&] { return job->done == chunks; });
  }

 private:
  void Loop() {
    for (;;) {
      std::shared_ptr<Job> job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return !waiting_.empty(); });
        job = std::move(waiting_.back());
        waiting_.pop_back();
      }
      job->Help();
    }
  }

  const int helpers_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::shared_ptr<Job>> waiting_;
};

std::atomic<int> threads{0};

// Made at the first kernel and never destroyed: its threads end with the process.
Pool &Shared() {
  static Pool *pool = new Pool((threads > 0 ? threads.load() : std::max(1, static_cast<int>(std::thread::hardware_concurrency()))) - 1);
  return *pool;
}

}  // namespace

void SetThreads(int count) { threads = count; }

void ForChunks(int64_t chunks, const std::function<void(int64_t)> &work) {
  if (chunks <= 0) return;
  if (chunks == 1) return work(0);
  Shared().Run(chunks, work);
}

}  // namespace lab
