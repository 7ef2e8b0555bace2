//===- CpuDriver.cpp - The host's processor as a device -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/core/Artifact.h"
#include "runtime/core/Driver.h"
#include "runtime/drivers/cpu/CpuFeatures.h"
#include "runtime/drivers/cpu/ElfImage.h"
#include "runtime/drivers/cpu/ThreadPool.h"
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <sched.h>
#include <unistd.h>

using ull = unsigned long long;

namespace swage::runtime {
namespace {

class CpuExecutable final : public Executable {
public:
  const void *kernel(size_t index) const override {
    return linked ? reinterpret_cast<const void *>(linked[index])
                  : image.code(executable->addresses()->Get(uint32_t(index)));
  }
  const char *target() const override { return executable->target()->c_str(); }
  uint64_t codeBytes() const override { return size; }
  void destroy() override { runtime::destroy(*host, this); }

  Code load(const Host &host, const Artifact &artifact,
            const schema::Program &program, uint32_t index,
            swage_status_t *status);

private:
  Code loadLinked(const swage_linked_model_t &model,
                  const schema::Program &program, uint32_t index,
                  swage_status_t *status);

  const Host *host = nullptr;
  const schema::Executable *executable = nullptr;
  uint64_t size = 0;
  ElfImage image;
  /// Kernels that are part of the program; null if they are in the image.
  const swage_cpu_kernel_t *linked = nullptr;
};

class CpuDriver final : public Driver {
public:
  const char *name() const override { return "cpu"; }
  const char *deviceName() const override { return features.processor(); }
  uint32_t threads() const override { return pool.threads(); }
  const char *feature(size_t index) const override;
  Code load(const Artifact &artifact, const schema::Program &program,
            Executable **result, swage_status_t *status) override;
  Code run(const Step *steps, size_t count,
           const Interrupt &interrupt) override {
    return pool.run(steps, count, interrupt);
  }
  void wake() override { pool.wake(); }
  void destroy() override { runtime::destroy(*host, this); }

  const Host *host = nullptr;
  ThreadPool pool;

private:
  template <typename Has>
  static const char *findMissing(const schema::Executable &executable, Has has);

  CpuFeatures features;
};

} // namespace

Code CpuExecutable::loadLinked(const swage_linked_model_t &model,
                               const schema::Program &program, uint32_t index,
                               swage_status_t *status) {
  if (model.executable_count != program.executables()->size() ||
      model.kernel_count != program.kernels()->size())
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have a linked model with %zu executables of %zu kernels, "
                "require %u of %u",
                model.executable_count, model.kernel_count,
                program.executables()->size(), program.kernels()->size());
  linked = model.executables[index];
  for (uint32_t i = 0; i < program.kernels()->size(); ++i)
    if (!linked[i])
      return fail(status, SWAGE_INVALID_ARGUMENT,
                  "kernel %u '%.80s' of '%.60s' is not linked", i,
                  program.kernels()->Get(i)->name()->c_str(), target());
  return SWAGE_OK;
}

Code CpuExecutable::load(const Host &from, const Artifact &artifact,
                         const schema::Program &program, uint32_t index,
                         swage_status_t *status) {
  const schema::Executable &which = *program.executables()->Get(index);
  host = &from;
  executable = &which;
  if (const swage_linked_model_t *model = artifact.linkedModel())
    return loadLinked(*model, program, index, status);
  const schema::Segment &segment = artifact.segment(which.segment());
  size = segment.size();
  if (Code code = image.load(artifact.segmentData(which.segment()), size,
                             artifact.file(), segment.offset(), status))
    return code;
  for (uint32_t i = 0; i < program.kernels()->size(); ++i)
    if (!kernel(i))
      return fail(status, SWAGE_DATA_LOSS,
                  "kernel %u '%.80s' of '%.60s': have address %llu, require "
                  "one in the code",
                  i, program.kernels()->Get(i)->name()->c_str(), target(),
                  ull(which.addresses()->Get(i)));
  return SWAGE_OK;
}

const char *CpuDriver::feature(size_t index) const {
  for (const CpuFeature &f : features)
    if (f.present && index-- == 0)
      return f.name;
  return nullptr;
}

/// The first feature that the executable needs and `has` says no to, or null.
template <typename Has>
const char *CpuDriver::findMissing(const schema::Executable &executable,
                                   Has has) {
  if (!executable.features())
    return nullptr;
  for (const flatbuffers::String *feature : *executable.features())
    if (!has(feature->c_str()))
      return feature->c_str();
  return nullptr;
}

Code CpuDriver::load(const Artifact &artifact, const schema::Program &program,
                     Executable **result, swage_status_t *status) {
  if (program.executables()->size() == 0)
    return fail(status, SWAGE_UNSUPPORTED,
                "have no executable for the cpu, require one");
  // What each one needs that this processor lacks.
  char lacks[sizeof(swage_status_t::message)] = "";
  int length = 0;
  bool outdated = false;
  for (uint32_t i = 0; i < program.executables()->size(); ++i) {
    const schema::Executable *candidate = program.executables()->Get(i);
    const char *target = candidate->target()->c_str();
    bool isCurrent = candidate->abi_version() == SWAGE_CPU_KERNEL_ABI_VERSION;
    const char *missing = findMissing(
        *candidate, [&](const char *feature) { return features.has(feature); });
    // The whole process gets the permission, so it is asked for only where
    // nothing else is lacking.
    if (!missing && isCurrent)
      missing = findMissing(*candidate, permitFeature);
    if (missing) {
      length += snprintf(lacks + length, sizeof(lacks) - size_t(length),
                         "%s without %s, require it for '%.60s'",
                         length ? "," : "", missing, target);
      length = std::min(length, int(sizeof(lacks)) - 1);
      log(host->logger, SWAGE_LOG_INFO,
          "cannot use executable '%s' here, it needs %s", target, missing);
      continue;
    }
    if (!isCurrent) {
      outdated = true;
      fail(status, SWAGE_UNSUPPORTED,
           "'%.60s': have kernel ABI version %u, require %u; %s", target,
           candidate->abi_version(), SWAGE_CPU_KERNEL_ABI_VERSION,
           candidate->abi_version() > SWAGE_CPU_KERNEL_ABI_VERSION
               ? "update the runtime"
               : "compile the model again");
      continue;
    }
    auto *executable = create<CpuExecutable>(*host);
    if (!executable)
      return host->outOfMemory("an executable", status);
    if (Code code = executable->load(*host, artifact, program, i, status)) {
      runtime::destroy(*host, executable);
      return code;
    }
    *result = executable;
    return SWAGE_OK;
  }
  if (outdated)
    return SWAGE_UNSUPPORTED;
  return fail(status, SWAGE_UNSUPPORTED,
              "have %s%s; compile for a target that this machine has",
              features.processor(), lacks);
}

/// Processors that this process may run on.
static uint32_t availableProcessors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0)
    return uint32_t(CPU_COUNT(&set));
  return uint32_t(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

Code createCpuDriver(const Host &host, uint32_t threads, Driver **result,
                     swage_status_t *status) {
  constexpr uint32_t kMaxThreads = 1024;
  if (threads > kMaxThreads)
    return fail(status, SWAGE_INVALID_ARGUMENT,
                "have %u threads, require at most %u", threads, kMaxThreads);
  auto *driver = create<CpuDriver>(host);
  if (!driver)
    return host.outOfMemory("the cpu driver", status);
  driver->host = &host;
  if (Code code = driver->pool.start(
          host, threads ? threads : availableProcessors(), status)) {
    driver->destroy();
    return code;
  }
  *result = driver;
  return SWAGE_OK;
}

} // namespace swage::runtime
