//===- Driver.h - What the core asks of a device driver -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_RUNTIME_CORE_DRIVER_H
#define SWAGE_RUNTIME_CORE_DRIVER_H

#include "runtime/core/Interrupt.h"
#include "runtime/core/Memory.h"
#include "swage/cpu_kernel.h"

namespace swage::schema {
struct Program;
} // namespace swage::schema

namespace swage::runtime {

class Artifact;

/// One command of a schedule with everything filled in.
struct Step {
  const void *kernel =
      nullptr; ///< as Executable::kernel gave it; null: barrier
  uint64_t grid = 0;
  void *bindings[SWAGE_MAX_BINDINGS] = {};
  int64_t scalars[SWAGE_MAX_SCALARS] = {};
};

/// A program's code, made ready on a device.
class Executable {
public:
  /// What to put in a Step for a kernel of the program.
  virtual const void *kernel(size_t index) const = 0;
  virtual const char *target() const = 0;
  virtual uint64_t codeBytes() const = 0;
  virtual void destroy() = 0;

protected:
  ~Executable() = default;
};

/// A device; used from any number of threads at the same time.
class Driver {
public:
  /// As in Program.device.
  virtual const char *name() const = 0;
  virtual const char *deviceName() const = 0;
  virtual uint32_t threads() const = 0;
  /// The n-th present feature; null behind the last.
  virtual const char *feature(size_t index) const = 0;
  /// Picks the first executable that can run here.
  virtual Code load(const Artifact &artifact, const schema::Program &program,
                    Executable **result, swage_status_t *status) = 0;
  /// Runs steps in order and returns when all are done, or SWAGE_CANCELLED or
  /// SWAGE_DEADLINE_EXCEEDED when the interrupt came first; no step is running
  /// then either.
  virtual Code run(const Step *steps, size_t count,
                   const Interrupt &interrupt) = 0;
  /// Lets calls of `run` that wait for their turn look at their interrupts.
  virtual void wake() = 0;
  virtual void destroy() = 0;

protected:
  ~Driver() = default;
};

/// Opens the CPU with that many threads; 0 for all processors.
Code createCpuDriver(const Host &host, uint32_t threads, Driver **result,
                     swage_status_t *status);

} // namespace swage::runtime

#endif // SWAGE_RUNTIME_CORE_DRIVER_H
