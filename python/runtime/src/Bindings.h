//===- Bindings.h - What the parts of the extension share -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Objects of Python hold C++ owners by shared pointers, so that whoever comes
// from an object keeps it. Calls that compute or read files let other threads
// of Python run; a lock of Swage is never held while the interpreter's is
// waited for.
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PYTHON_BINDINGS_H
#define SWAGE_PYTHON_BINDINGS_H

#include "swage/swage.hpp"
#include <memory>
#include <mutex>
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <vector>

namespace nb = nanobind;

namespace swage::python {

/// A failed call. Becomes swage.Error.
struct Failure {
  swage_status_t status;
};

/// Throws what a status says, if it says that something failed.
void check(const Status &status);
void check(swage_status_code_t code, const swage_status_t &status);

/// One-dimensional numbers from Python: an array of their type is used where it
/// lies, everything else that has numbers is copied.
class Int32s {
public:
  explicit Int32s(nb::handle object, const char *what);
  const int32_t *data() const { return start; }
  size_t size() const { return count; }

private:
  std::vector<int32_t> copy;
  nb::ndarray<const int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu> array;
  const int32_t *start = nullptr;
  size_t count = 0;
};

/// Memory of its own as an array of Python.
template <typename T> struct OwnedArray {
  explicit OwnedArray(size_t size)
      : data(new T[size]),
        owner(data, [](void *p) noexcept { delete[] static_cast<T *>(p); }) {}
  T *data;
  nb::capsule owner;
};

void bindDevice(nb::module_ &m);
nb::class_<Module> bindModule(nb::module_ &m);
/// Also adds the method that makes sessions.
void bindSession(nb::module_ &m, nb::class_<Module> &module);
void bindText(nb::module_ &m);

} // namespace swage::python

#endif // SWAGE_PYTHON_BINDINGS_H
