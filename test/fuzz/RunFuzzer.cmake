# Runs FUZZER from the seeds in SEEDS on, bounded in inputs and time; what it
# finds goes to WORK.
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}/corpus")
execute_process(
  COMMAND "${FUZZER}" -seed=1 -runs=20000 -max_total_time=20 -timeout=20
          -rss_limit_mb=4096 -print_final_stats=1 "-artifact_prefix=${WORK}/"
          "${WORK}/corpus" "${SEEDS}"
  RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${FUZZER} ended with ${status}; the input is in ${WORK}")
endif()
