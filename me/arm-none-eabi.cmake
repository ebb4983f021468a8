# Toolchain file for Debian's gcc-arm-none-eabi; SIMBIONT_ME_CPU is cortex-m0, cortex-m4 and so on.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(SIMBIONT_ME_CPU cortex-m0 CACHE STRING "-mcpu")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SIMBIONT_ME_CPU)
set(CMAKE_CXX_FLAGS_INIT "-mcpu=${SIMBIONT_ME_CPU} -mthumb")
