//===- swage.hpp - The C API with owners and spans ------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Header only, C++17, works without exceptions. The rules of swage.h hold. A
// function that can fail takes a Status by reference last; after a failure,
// objects are empty and numbers are zero.
//
//   swage::Status status;
//   swage::Device device = swage::Device::open({}, status);
//   swage::Module module = swage::Module::load(device, "model.swg", status);
//   swage::Session session = swage::Session::create(module, {}, status);
//   swage::Sequence sequence = session.createSequence(status);
//   swage::Logits logits = session.append(sequence, tokens, count, status);
//   if (!status)
//     puts(status.message());
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_SWAGE_HPP
#define SWAGE_SWAGE_HPP

#include "swage/swage.h"
#include <memory>
#include <string_view>
#include <type_traits>

namespace swage {

/// What a call came to. The first failure stays: later calls with a failed
/// status do nothing, so one check at the end is enough.
class Status {
public:
  explicit operator bool() const { return status.code == SWAGE_OK; }
  swage_status_code_t code() const { return status.code; }
  const char *message() const { return status.message; }
  void clear() { status = {}; }
  swage_status_t *get() { return &status; }

private:
  swage_status_t status = {};
};

namespace detail {

template <auto destroy> struct Destroyer {
  template <typename T> void operator()(T *object) const { destroy(object); }
};

template <typename T, auto destroy>
using Owner = std::unique_ptr<T, Destroyer<destroy>>;

/// A callback as the `self` of a C function.
template <typename T> void *address(T &callback) {
  return const_cast<void *>(static_cast<const volatile void *>(&callback));
}

/// Options with their size filled in, so that `{}` means the defaults.
template <typename T> struct Options : T {
  Options() : T{} { this->size = sizeof(T); }
};

} // namespace detail

using DeviceOptions = detail::Options<swage_device_options_t>;
using SessionOptions = detail::Options<swage_session_options_t>;
using Batch = detail::Options<swage_batch_t>;
using PaddedBatch = detail::Options<swage_padded_batch_t>;
using Texts = detail::Options<swage_texts_t>;
using Output = swage_output_t;
using Sequence = swage_sequence_t;

/// Logits in the session's memory, valid until its next call.
class Logits {
public:
  Logits() = default;
  explicit Logits(const swage_matrix_t &matrix) : matrix(matrix) {}

  size_t rows() const { return matrix.rows; }
  size_t columns() const { return matrix.columns; }
  const float *operator[](size_t row) const {
    return matrix.data + row * matrix.row_length;
  }

private:
  swage_matrix_t matrix = {};
};

class Device {
public:
  Device() = default;

  static Device open(const DeviceOptions &options, Status &status) {
    swage_device_t *device = nullptr;
    if (status)
      swage_device_create(&options, &device, status.get());
    return Device(device);
  }

  explicit operator bool() const { return owner != nullptr; }
  swage_device_t *get() const { return owner.get(); }
  const char *name() const { return swage_device_name(get()); }
  uint32_t threads() const { return swage_device_threads(get()); }

private:
  explicit Device(swage_device_t *device) : owner(device) {}
  detail::Owner<swage_device_t, swage_device_destroy> owner;
};

class Module {
public:
  Module() = default;

  static Module load(const Device &device, const char *path, Status &status) {
    swage_module_t *module = nullptr;
    if (status)
      swage_module_load_file(device.get(), path, &module, status.get());
    return Module(module);
  }

  static Module load(const Device &device, const void *data, size_t size,
                     Status &status) {
    swage_module_t *module = nullptr;
    if (status)
      swage_module_load_memory(device.get(), data, size, &module, status.get());
    return Module(module);
  }

  /// A model that the program was linked with.
  static Module link(const Device &device, const swage_linked_model_t &model,
                     Status &status) {
    swage_module_t *module = nullptr;
    if (status)
      swage_module_create_linked(device.get(), &model, &module, status.get());
    return Module(module);
  }

  explicit operator bool() const { return owner != nullptr; }
  swage_module_t *get() const { return owner.get(); }
  const swage_module_info_t &info() const { return *swage_module_info(get()); }

  /// The bytes of a section.
  std::string_view section(const char *name, Status &status) const {
    const void *data = nullptr;
    size_t size = 0;
    if (status)
      swage_module_section(get(), name, &data, &size, status.get());
    return {static_cast<const char *>(data), size};
  }

private:
  explicit Module(swage_module_t *module) : owner(module) {}
  detail::Owner<swage_module_t, swage_module_destroy> owner;
};

class Session {
public:
  Session() = default;

  static Session create(const Module &module, const SessionOptions &options,
                        Status &status) {
    swage_session_t *session = nullptr;
    if (status)
      swage_session_create(module.get(), &options, &session, status.get());
    return Session(session);
  }

  explicit operator bool() const { return owner != nullptr; }
  swage_session_t *get() const { return owner.get(); }
  const swage_session_info_t &info() const {
    return *swage_session_info(get());
  }

  Sequence createSequence(Status &status) {
    Sequence id = -1;
    if (status)
      swage_sequence_create(get(), &id, status.get());
    return id;
  }

  Sequence fork(Sequence sequence, Status &status) {
    Sequence id = -1;
    if (status)
      swage_sequence_fork(get(), sequence, &id, status.get());
    return id;
  }

  void truncate(Sequence sequence, uint32_t length, Status &status) {
    if (status)
      swage_sequence_truncate(get(), sequence, length, status.get());
  }

  void declare(Sequence sequence, uint32_t length, Status &status) {
    if (status)
      swage_sequence_declare(get(), sequence, length, status.get());
  }

  void destroySequence(Sequence sequence, Status &status) {
    if (status)
      swage_sequence_destroy(get(), sequence, status.get());
  }

  uint32_t length(Sequence sequence, Status &status) const {
    uint32_t result = 0;
    if (status)
      swage_sequence_length(get(), sequence, &result, status.get());
    return result;
  }

  void reset() { swage_session_reset(get()); }

  /// `callback` gets each dispatch after it ran; null turns it off.
  void setObserver(swage_observer_callback_t callback, void *self) {
    swage_session_set_observer(get(), callback, self);
  }

  Logits forward(const Batch &batch, Status &status) {
    swage_matrix_t logits = {};
    if (status)
      swage_session_forward(get(), &batch, &logits, status.get());
    return Logits(logits);
  }

  /// Appends tokens to one sequence; the logits are the last row's.
  Logits append(Sequence sequence, const int32_t *tokens, size_t count,
                Status &status) {
    swage_matrix_t logits = {};
    if (status)
      swage_session_append(get(), sequence, tokens, count, &logits,
                           status.get());
    return Logits(logits);
  }

  void forwardPadded(const PaddedBatch &batch, float *logits, size_t count,
                     Status &status) {
    if (status)
      swage_session_forward_padded(get(), &batch, logits, count, status.get());
  }

  /// The result at `index`, below info().result_count.
  swage_result_info_t result(size_t index, Status &status) const {
    swage_result_info_t info = {};
    if (status)
      swage_session_result(get(), index, &info, status.get());
    return info;
  }

  void encode(const Texts &texts, const Output *outputs, size_t count,
              Status &status) {
    if (status)
      swage_session_encode(get(), &texts, outputs, count, status.get());
  }

  void encodePadded(const PaddedBatch &batch, const Output *outputs,
                    size_t count, Status &status) {
    if (status)
      swage_session_encode_padded(get(), &batch, outputs, count, status.get());
  }

  /// From any thread: ends the call that computes, or the next one.
  void cancel() { swage_session_cancel(get()); }

  /// In nanoseconds from now; 0 for none.
  void setDeadline(uint64_t nanoseconds) {
    swage_session_set_deadline(get(), nanoseconds);
  }

  /// Gives what is saved of the sequences to `write(data, size)`, which
  /// returns false to give up.
  template <typename Write>
  void save(const Sequence *sequences, size_t count, Write &&write,
            Status &status) {
    auto call = [](void *self, const void *data, size_t size) -> int {
      return !(*static_cast<std::remove_reference_t<Write> *>(self))(data,
                                                                     size);
    };
    if (status)
      swage_session_save(get(), sequences, count, call, detail::address(write),
                         status.get());
  }

  uint64_t saveSize(const Sequence *sequences, size_t count, Status &status) {
    uint64_t size = 0;
    if (status)
      swage_session_save_size(get(), sequences, count, &size, status.get());
    return size;
  }

  /// Makes sequences of what `read(data, size)` gives, which returns false
  /// when it cannot; their number.
  template <typename Read>
  size_t load(Read &&read, Sequence *ids, size_t capacity, Status &status) {
    auto call = [](void *self, void *data, size_t size) -> int {
      return !(*static_cast<std::remove_reference_t<Read> *>(self))(data, size);
    };
    size_t count = 0;
    if (status)
      swage_session_load(get(), call, detail::address(read), ids, capacity,
                         &count, status.get());
    return count;
  }

private:
  explicit Session(swage_session_t *session) : owner(session) {}
  detail::Owner<swage_session_t, swage_session_destroy> owner;
};

} // namespace swage

#endif // SWAGE_SWAGE_HPP
