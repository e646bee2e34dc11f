# Builds the layer for the other platforms for which there are compilers on Linux, each into BUILD/<platform>/META-INF/native.
#   cmake -DBUILD=FOLDER -P cmake/platforms.cmake
foreach(platform linux-arm64 windows-x86_64)
  set(build "${BUILD}/cmake-${platform}")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/.." -B "${build}" -DCMAKE_BUILD_TYPE=Release
            "-DCMAKE_TOOLCHAIN_FILE=${CMAKE_CURRENT_LIST_DIR}/${platform}.cmake"
            "-DMMTORCH_OUTPUT=${BUILD}/${platform}/META-INF/native"
    COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND "${CMAKE_COMMAND}" --build "${build}" --parallel COMMAND_ERROR_IS_FATAL ANY)
endforeach()
