# Builds the layer for the other platforms for which there are compilers on Linux, each into BUILD/<platform>/META-INF/native; that
# for macOS where there is zig.
#   cmake -DBUILD=FOLDER [-DZIG=COMMAND] -P cmake/platforms.cmake
set(platforms linux-arm64 windows-x86_64)
if(NOT DEFINED ZIG)
  set(ZIG zig)
endif()
find_program(FOUND "${ZIG}")
if(FOUND)
  list(APPEND platforms macosx-arm64 macosx-x86_64)
else()
  message(STATUS "Not for macOS: there is no ${ZIG}")
endif()
foreach(platform IN LISTS platforms)
  set(build "${BUILD}/cmake-${platform}")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/.." -B "${build}" --no-warn-unused-cli -DCMAKE_BUILD_TYPE=Release
            "-DCMAKE_TOOLCHAIN_FILE=${CMAKE_CURRENT_LIST_DIR}/${platform}.cmake" "-DZIG=${FOUND}"
            "-DMMTORCH_OUTPUT=${BUILD}/${platform}/META-INF/native"
    COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND "${CMAKE_COMMAND}" --build "${build}" --parallel COMMAND_ERROR_IS_FATAL ANY)
endforeach()
