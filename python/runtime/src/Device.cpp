//===- Device.cpp - swage.Device ------------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bindings.h"

namespace swage::python {

static void open(Device *self, uint32_t threads, uint64_t memoryLimit,
                 const std::string &driver) {
  nb::gil_scoped_release release;
  DeviceOptions options;
  options.threads = threads;
  options.memory_limit = memoryLimit;
  options.driver = driver.c_str();
  Status status;
  Device device = Device::open(options, status);
  check(status);
  new (self) Device(std::move(device));
}

static std::vector<std::string> features(const Device &device) {
  std::vector<std::string> names;
  while (const char *name = swage_device_feature(device.get(), names.size()))
    names.emplace_back(name);
  return names;
}

void bindDevice(nb::module_ &m) {
  nb::class_<Device>(
      m, "Device",
      "What runs a model: a processor and the threads that work on one call.\n"
      "\n"
      "A device may be used from any number of threads; calls of sessions on "
      "it take turns.")
      .def("__init__", &open, nb::kw_only(), nb::arg("threads") = 0,
           nb::arg("memory_limit") = 0, nb::arg("driver") = "cpu",
           "Opens a device with so many threads; 0 means all processors. What "
           "would take more than memory_limit bytes is refused; 0 means no "
           "limit.")
      .def_prop_ro("name", &Device::name, "The processor's own name.")
      .def_prop_ro(
          "driver",
          [](const Device &self) -> std::string {
            return swage_device_driver(self.get());
          },
          "The driver's name, ``cpu``.")
      .def_prop_ro("threads", &Device::threads,
                   "Threads that work on one call, the caller's included.")
      .def_prop_ro(
          "memory",
          [](const Device &self) { return swage_device_memory(self.get()); },
          "Bytes that sessions and modules on it hold now.")
      .def_prop_ro("features", &features,
                   "Processor features that compiled code may ask for and "
                   "that are present.");
}

} // namespace swage::python
