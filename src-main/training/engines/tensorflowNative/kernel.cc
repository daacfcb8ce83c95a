// What our kernels are written with.
#include "kernel.h"

#include <cstdio>

namespace lab {

Call::Call(TF_OpKernelContext *context) : context_(context), status_(TF_NewStatus()) {
  const int count = TF_NumInputs(context);
  for (int index = 0; index < count && ok(); index++) {
    TF_Tensor *tensor = nullptr;
    TF_GetInput(context, index, &tensor, status_);
    if (tensor) inputs_.push_back(tensor);
  }
}

Call::~Call() {
  for (TF_Tensor *tensor : inputs_) TF_DeleteTensor(tensor);
  for (TF_Tensor *tensor : outputs_) TF_DeleteTensor(tensor);
  if (!ok()) TF_OpKernelContext_Failure(context_, status_);
  TF_DeleteStatus(status_);
}

std::vector<int64_t> Call::shape(int index) const {
  std::vector<int64_t> sides;
  for (int axis = 0; axis < TF_NumDims(inputs_[index]); axis++) sides.push_back(TF_Dim(inputs_[index], axis));
  return sides;
}

float *Call::out(int index, const std::vector<int64_t> &shape) {
  size_t bytes = sizeof(float);
  for (int64_t side : shape) bytes *= side;
  TF_Tensor *tensor = TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(), shape.size(), bytes, status_);
  if (tensor == nullptr) return nullptr;
  outputs_.push_back(tensor);
  return static_cast<float *>(TF_TensorData(tensor));
}

void *Window::Read(TF_OpKernelConstruction *construction) {
  auto *window = new Window();
  TF_Status *status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt64(construction, "side", &window->side, status);
  TF_OpKernelConstruction_GetAttrInt64(construction, "stride", &window->stride, status);
  TF_OpKernelConstruction_GetAttrInt64(construction, "before", &window->before, status);
  TF_OpKernelConstruction_GetAttrInt64(construction, "after", &window->after, status);
  TF_OpKernelConstruction_GetAttrInt64(construction, "groups", &window->groups, status);
  TF_DeleteStatus(status);
  return window;
}

void UnknownShapes(TF_ShapeInferenceContext *context, TF_Status *status) { TF_ShapeInferenceContextSetUnknownShape(context, status); }

Register::Register(const Operation &operation) {
  TF_Status *status = TF_NewStatus();
  TF_OpDefinitionBuilder *builder = TF_NewOpDefinitionBuilder(operation.name);
  for (const char *attribute : operation.attributes) TF_OpDefinitionBuilderAddAttr(builder, attribute);
  for (const char *input : operation.inputs) TF_OpDefinitionBuilderAddInput(builder, input);
  for (const char *output : operation.outputs) TF_OpDefinitionBuilderAddOutput(builder, output);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, operation.infer);
  TF_RegisterOpDefinition(builder, status);
  if (TF_GetCode(status) == TF_OK) {
    TF_KernelBuilder *kernel = TF_NewKernelBuilder(operation.name, "CPU", operation.create, operation.compute, operation.destroy);
    TF_RegisterKernelBuilder(operation.name, kernel, status);
  }
  if (TF_GetCode(status) != TF_OK) fprintf(stderr, "operation %s: %s\n", operation.name, TF_Message(status));
  TF_DeleteStatus(status);
}

}  // namespace lab
