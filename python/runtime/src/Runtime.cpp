//===- Runtime.cpp - The extension swage._runtime -------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bindings.h"
#include <cstring>

namespace swage::python {

void check(swage_status_code_t code, const swage_status_t &status) {
  if (code != SWAGE_OK)
    throw Failure{status};
}

void check(const Status &status) {
  if (!status)
    throw Failure{*const_cast<Status &>(status).get()};
}

static const char *codeName(swage_status_code_t code) {
  switch (code) {
  case SWAGE_OK:
    return "ok";
  case SWAGE_INVALID_ARGUMENT:
    return "invalid_argument";
  case SWAGE_OUT_OF_MEMORY:
    return "out_of_memory";
  case SWAGE_NOT_FOUND:
    return "not_found";
  case SWAGE_DATA_LOSS:
    return "data_loss";
  case SWAGE_UNSUPPORTED:
    return "unsupported";
  case SWAGE_IO:
    return "io";
  case SWAGE_CANCELLED:
    return "cancelled";
  case SWAGE_INTERNAL:
    return "internal";
  case SWAGE_DEADLINE_EXCEEDED:
    return "deadline_exceeded";
  }
  return "unknown";
}

/// Raises swage.Error, which is written in Python.
static void translate(const std::exception_ptr &exception, void *) {
  try {
    std::rethrow_exception(exception);
  } catch (const Failure &failure) {
    nb::object type = nb::module_::import_("swage.errors").attr("Error");
    // A path in it may hold any bytes.
    nb::object message = nb::steal(PyUnicode_DecodeUTF8(
        failure.status.message, Py_ssize_t(std::strlen(failure.status.message)),
        "replace"));
    nb::object error = type(message, codeName(failure.status.code));
    PyErr_SetObject(type.ptr(), error.ptr());
  }
}

Int32s::Int32s(nb::handle object, const char *what) {
  if (nb::ndarray_check(object)) {
    // Other integer types are converted.
    if (!nb::try_cast(object, array))
      throw nb::type_error(
          (std::string(what) + " must be one-dimensional and of integers")
              .c_str());
    start = array.data();
    count = array.size();
    return;
  }
  if (!nb::try_cast(object, copy))
    throw nb::type_error(
        (std::string(what) + " must be an array or a sequence of integers")
            .c_str());
  start = copy.data();
  count = copy.size();
}

} // namespace swage::python

using namespace swage::python;

NB_MODULE(_runtime, m) {
  m.doc() = "The runtime of Swage: devices, modules, sessions and text.";
  nb::register_exception_translator(translate);
  bindDevice(m);
  bindText(m);
  nb::class_<swage::Module> module = bindModule(m);
  bindSession(m, module);
}
