// RUN: swage-opt --swage-schedule-verify-scheduled --split-input-file --verify-diagnostics %s

// expected-error @below {{has no schedule.program; was `swage.targets` empty?}}
module {
}

// -----

module {
  // expected-error @below {{'func.func' op is left after the schedule stage}}
  func.func @f() {
    return
  }
}

// -----

module {
  // expected-error @below {{'schedule.program' op has no entry point}}
  schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v4"> {
  }
}

// -----

module {
  schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v4"> {
    // expected-error @below {{'schedule.entry_point' op has no variant}}
    schedule.entry_point @forward {
    }
  }
}
