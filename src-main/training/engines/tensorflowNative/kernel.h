// What our kernels are written with: TensorFlow's C interface for operations, so that they run eagerly and inside functions.
// All are float32 and on the CPU.
#ifndef LAB_KERNEL_H_
#define LAB_KERNEL_H_

#include <cstdint>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_tensor.h"

// One build for every computer: the loops are compiled for several instruction sets, and the loader picks one.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define LAB_EVERY_CPU __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define LAB_EVERY_CPU
#endif
#define LAB_INLINE inline __attribute__((always_inline))

namespace lab {

constexpr int kLanes = 8;  // floats of a vector

typedef float Vector __attribute__((vector_size(32), aligned(4)));

// One call of a kernel: its inputs, and its outputs as they are asked for. Its destructor reports what failed.
class Call {
 public:
  explicit Call(TF_OpKernelContext *context);
  ~Call();
  Call(const Call &) = delete;
  Call &operator=(const Call &) = delete;

  bool ok() const { return TF_GetCode(status_) == TF_OK; }
  int inputs() const { return static_cast<int>(inputs_.size()); }
  const float *in(int index) const { return static_cast<const float *>(TF_TensorData(inputs_[index])); }
  const int32_t *ints(int index) const { return static_cast<const int32_t *>(TF_TensorData(inputs_[index])); }
  int64_t count(int index) const { return TF_TensorElementCount(inputs_[index]); }
  std::vector<int64_t> shape(int index) const;
  // Fresh memory for an output; nullptr where there is none, and then ok() is false.
  float *out(int index, const std::vector<int64_t> &shape);

 private:
  TF_OpKernelContext *context_;
  TF_Status *status_;
  std::vector<TF_Tensor *> inputs_;
  std::vector<TF_Tensor *> outputs_;
};

using Compute = void (*)(void *kernel, TF_OpKernelContext *context);
using Infer = void (*)(TF_ShapeInferenceContext *context, TF_Status *status);

struct Operation {
  const char *name;
  std::vector<const char *> attributes, inputs, outputs;
  Infer infer;
  Compute compute;
  // Makes and deletes what `kernel` points to: attributes, read once.
  void *(*create)(TF_OpKernelConstruction *construction) = nullptr;
  void (*destroy)(void *kernel) = nullptr;
};

// Registers an operation with its CPU kernel; at load time.
struct Register {
  explicit Register(const Operation &operation);
};

// The window of a convolution or a pooling: attributes that are integers, and what they are where nothing is said.
struct Window {
  int64_t side = 1, stride = 1, before = 0, after = 0, groups = 1;

  static std::vector<const char *> Attributes() { return {"side: int = 1", "stride: int = 1", "before: int = 0", "after: int = 0", "groups: int = 1"}; }
  static void *Read(TF_OpKernelConstruction *construction);
  static void Delete(void *window) { delete static_cast<Window *>(window); }
};

// Every output has the shape of input `Input`, for `Outputs` of them: or, for update kernels, output i that of input `Input`.
template <int Input, int Outputs>
void SameShape(TF_ShapeInferenceContext *context, TF_Status *status) {
  TF_ShapeHandle *shape = TF_NewShapeHandle();
  TF_ShapeInferenceContextGetInput(context, Input, shape, status);
  for (int output = 0; output < Outputs; output++) TF_ShapeInferenceContextSetOutput(context, output, shape, status);
  TF_DeleteShapeHandle(shape);
}

// Shapes are known when the kernel runs.
void UnknownShapes(TF_ShapeInferenceContext *context, TF_Status *status);

}  // namespace lab

#endif  // LAB_KERNEL_H_
