// The binding as Node loads it: the package's own, unchanged, and beside its calls ours: functions in the eager context, tensors
// that own their memory, the devices, the threads of our kernels.
#include <dlfcn.h>
#include <glob.h>
#include <node_api.h>

#include <cstring>
#include <string>
#include <vector>

#include "absl/log/globals.h"
#include "pool.h"

// The package declares its module at the end of its source; ours wraps it, so that its declaration must not take effect.
#undef NAPI_MODULE
#define NAPI_MODULE(name, init)
#include "tfjs_binding.cc"

namespace tfnodejs {

// The context and the table of handles are private to the package's class. An explicit instantiation may name private members.
template <typename Tag, typename Tag::type Member>
struct Reach {
  friend typename Tag::type reach(Tag) { return Member; }
};
struct Context {
  using type = TFE_Context *TFJSBackend::*;
  friend type reach(Context);
};
template struct Reach<Context, &TFJSBackend::tfe_context_>;
struct DeviceName {
  using type = std::string TFJSBackend::*;
  friend type reach(DeviceName);
};
template struct Reach<DeviceName, &TFJSBackend::device_name>;
struct Insert {
  using type = int32_t (TFJSBackend::*)(TFE_TensorHandle *);
  friend type reach(Insert);
};
template struct Reach<Insert, &TFJSBackend::InsertHandle>;

namespace {

struct Status {
  TF_Status *status = TF_NewStatus();
  ~Status() { TF_DeleteStatus(status); }
  bool ok() const { return TF_GetCode(status) == TF_OK; }
};

napi_value Fail(napi_env env, const std::string &message) {
  napi_throw_error(env, nullptr, message.c_str());
  return nullptr;
}

std::string TextOf(napi_env env, napi_value value) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return "";
  std::string text(length + 1, '\0');
  napi_get_value_string_utf8(env, value, &text[0], length + 1, &length);
  text.resize(length);
  return text;
}

// Arguments of a call; `complete` is false where some are missing.
template <size_t N>
struct Arguments {
  napi_value values[N];
  bool complete;
  Arguments(napi_env env, napi_callback_info info) {
    size_t count = N;
    complete = napi_get_cb_info(env, info, &count, values, nullptr, nullptr) == napi_ok && count >= N;
  }
  napi_value operator[](size_t index) const { return values[index]; }
};

// "node:2" to an output of a graph's operation. False where there is no such operation.
bool OutputsOf(napi_env env, TF_Graph *graph, napi_value list, std::vector<TF_Output> *outputs, std::string *missing) {
  uint32_t count = 0;
  napi_get_array_length(env, list, &count);
  for (uint32_t i = 0; i < count; i++) {
    napi_value element;
    napi_get_element(env, list, i, &element);
    std::string name = TextOf(env, element);
    int index = 0;
    const size_t colon = name.find(':');
    if (colon != std::string::npos) {
      index = atoi(name.c_str() + colon + 1);
      name.resize(colon);
    }
    TF_Operation *operation = TF_GraphOperationByName(graph, name.c_str());
    if (operation == nullptr) {
      *missing = name;
      return false;
    }
    outputs->push_back({operation, index});
  }
  return true;
}

// addFunction(name, graphDef: Uint8Array, inputs: string[], outputs: string[])
napi_value AddFunction(napi_env env, napi_callback_info info) {
  Arguments<4> arguments(env, info);
  TFJSBackend *backend = GetTFJSBackend(env);
  void *bytes = nullptr;
  size_t length = 0;
  if (!backend || !arguments.complete ||
      napi_get_typedarray_info(env, arguments[1], nullptr, &length, &bytes, nullptr, nullptr) != napi_ok) {
    return Fail(env, "addFunction takes a name, the bytes of a GraphDef, inputs and outputs.");
  }
  const std::string name = TextOf(env, arguments[0]);
  Status status;
  TF_Graph *graph = TF_NewGraph();
  TF_Buffer *definition = TF_NewBufferFromString(bytes, length);
  TF_ImportGraphDefOptions *options = TF_NewImportGraphDefOptions();
  TF_GraphImportGraphDef(graph, definition, options, status.status);
  TF_DeleteImportGraphDefOptions(options);
  TF_DeleteBuffer(definition);
  std::string missing;
  if (status.ok()) {
    std::vector<TF_Output> inputs, outputs;
    if (OutputsOf(env, graph, arguments[2], &inputs, &missing) && OutputsOf(env, graph, arguments[3], &outputs, &missing)) {
      TF_Function *function = TF_GraphToFunction(graph, name.c_str(), 0, -1, nullptr, inputs.size(), inputs.data(), outputs.size(),
                                                 outputs.data(), nullptr, nullptr, nullptr, status.status);
      if (status.ok()) TFE_ContextAddFunction(backend->*reach(Context()), function, status.status);
      if (function) TF_DeleteFunction(function);
    }
  }
  TF_DeleteGraph(graph);
  if (!missing.empty()) return Fail(env, "The function's graph has no node " + missing + ".");
  if (!status.ok()) return Fail(env, TF_Message(status.status));
  return nullptr;
}

// removeFunction(name)
napi_value RemoveFunction(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  TFJSBackend *backend = GetTFJSBackend(env);
  if (!backend || !arguments.complete) return Fail(env, "removeFunction takes a name.");
  Status status;
  TFE_ContextRemoveFunction(backend->*reach(Context()), TextOf(env, arguments[0]).c_str(), status.status);
  return status.ok() ? nullptr : Fail(env, TF_Message(status.status));
}

// copyTensor(shape: number[], dtype, values: Float32Array | Int32Array): id. The package's createTensor shares the array's memory
// and would let a thread of TensorFlow's drop the last reference to a JavaScript object; here the numbers are copied.
napi_value CopyTensor(napi_env env, napi_callback_info info) {
  Arguments<3> arguments(env, info);
  TFJSBackend *backend = GetTFJSBackend(env);
  void *values = nullptr;
  size_t length = 0;
  int32_t dtype = 0;
  if (!backend || !arguments.complete || napi_get_value_int32(env, arguments[1], &dtype) != napi_ok ||
      napi_get_typedarray_info(env, arguments[2], nullptr, &length, &values, nullptr, nullptr) != napi_ok) {
    return Fail(env, "copyTensor takes a shape, a type and a typed array.");
  }
  std::vector<int64_t> shape;
  uint32_t rank = 0;
  napi_get_array_length(env, arguments[0], &rank);
  size_t count = 1;
  for (uint32_t axis = 0; axis < rank; axis++) {
    napi_value element;
    int64_t side = 0;
    napi_get_element(env, arguments[0], axis, &element);
    napi_get_value_int64(env, element, &side);
    shape.push_back(side);
    count *= side;
  }
  const size_t bytes = count * TF_DataTypeSize(static_cast<TF_DataType>(dtype));
  if (count != length) return Fail(env, "copyTensor: the shape does not hold as many numbers as the array.");
  TF_Tensor *tensor = TF_AllocateTensor(static_cast<TF_DataType>(dtype), shape.data(), rank, bytes);
  if (tensor == nullptr) return Fail(env, "could not allocate a tensor: out of memory");
  if (bytes > 0) memcpy(TF_TensorData(tensor), values, bytes);
  Status status;
  TFE_TensorHandle *handle = TFE_NewTensorHandle(tensor, status.status);
  TF_DeleteTensor(tensor);
  if (!status.ok()) return Fail(env, TF_Message(status.status));
  // Kernels on a GPU want integers, which are sizes and labels, in the computer's own memory.
  if (backend->is_gpu_device && dtype != TF_INT32) {
    TFE_TensorHandle *moved = TFE_TensorHandleCopyToDevice(handle, backend->*reach(Context()), (backend->*reach(DeviceName())).c_str(), status.status);
    TFE_DeleteTensorHandle(handle);
    if (!status.ok()) return Fail(env, TF_Message(status.status));
    handle = moved;
  }
  napi_value id;
  napi_create_int32(env, (backend->*reach(Insert()))(handle), &id);
  return id;
}

// listDevices(): { name, type }[]
napi_value ListDevices(napi_env env, napi_callback_info) {
  TFJSBackend *backend = GetTFJSBackend(env);
  if (!backend) return nullptr;
  Status status;
  TF_DeviceList *devices = TFE_ContextListDevices(backend->*reach(Context()), status.status);
  if (!status.ok()) return Fail(env, TF_Message(status.status));
  napi_value list;
  napi_create_array(env, &list);
  for (int i = 0; i < TF_DeviceListCount(devices); i++) {
    napi_value entry, name, type;
    napi_create_object(env, &entry);
    napi_create_string_utf8(env, TF_DeviceListName(devices, i, status.status), NAPI_AUTO_LENGTH, &name);
    napi_create_string_utf8(env, TF_DeviceListType(devices, i, status.status), NAPI_AUTO_LENGTH, &type);
    napi_set_named_property(env, entry, "name", name);
    napi_set_named_property(env, entry, "type", type);
    napi_set_element(env, list, i, entry);
  }
  TF_DeleteDeviceList(devices);
  return list;
}

// setThreads(count): threads of our own kernels, the calling one included.
napi_value SetThreads(napi_env env, napi_callback_info info) {
  Arguments<1> arguments(env, info);
  int32_t count = 0;
  if (!arguments.complete || napi_get_value_int32(env, arguments[0], &count) != napi_ok || count < 1) {
    return Fail(env, "setThreads takes a count of at least one.");
  }
  lab::SetThreads(count);
  return nullptr;
}

// Loads NVIDIA's libraries that lie beside TensorFlow: it asks for them by name alone, and a library that is loaded already is found.
// They need one another, so that a second round takes those that came too early; what is missing, TensorFlow reports itself.
void PreloadNvidia() {
  Dl_info self;
  if (!dladdr(reinterpret_cast<void *>(&PreloadNvidia), &self) || !self.dli_fname) return;
  std::string folder(self.dli_fname);
  folder.resize(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/'));
  glob_t found;
  if (glob((folder + "/../nvidia/*/lib/lib*.so*").c_str(), 0, nullptr, &found) == 0) {
    for (int round = 0; round < 2; round++) {
      for (size_t i = 0; i < found.gl_pathc; i++) dlopen(found.gl_pathv[i], RTLD_LAZY | RTLD_GLOBAL);
    }
  }
  globfree(&found);
}

napi_value Init(napi_env env, napi_value exports) {
  // Informational lines would go to the run's log before TensorFlow reads its own setting.
  absl::SetMinLogLevel(absl::LogSeverityAtLeast::kWarning);
  PreloadNvidia();
  exports = InitTFNodeJSBinding(env, exports);
  if (exports == nullptr) return nullptr;
  const napi_property_descriptor ours[] = {
      {"addFunction", nullptr, AddFunction, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"removeFunction", nullptr, RemoveFunction, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"copyTensor", nullptr, CopyTensor, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"listDevices", nullptr, ListDevices, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"setThreads", nullptr, SetThreads, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, sizeof(ours) / sizeof(ours[0]), ours);
  return exports;
}

}  // namespace
}  // namespace tfnodejs

NAPI_MODULE_INIT() { return tfnodejs::Init(env, exports); }
