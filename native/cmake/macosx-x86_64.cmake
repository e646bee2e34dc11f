# Clang of zig, which brings the system's headers along; ZIG names it where it is not on the PATH. macOS 11 is the oldest of JDK 22.
set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(ZIG zig CACHE STRING "The command zig")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ZIG)
set(CMAKE_CXX_COMPILER ${ZIG} c++ -target x86_64-macos.11.0)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
