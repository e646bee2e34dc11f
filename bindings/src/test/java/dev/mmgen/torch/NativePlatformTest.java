package dev.mmgen.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NativePlatformTest {

    private static final NativePlatform LINUX = NativePlatform.of("Linux", "amd64");
    private static final NativePlatform LINUX_ON_ARM = NativePlatform.of("Linux", "aarch64");
    private static final NativePlatform MAC = NativePlatform.of("Mac OS X", "aarch64");
    private static final NativePlatform WINDOWS = NativePlatform.of("Windows 11", "amd64");

    @Test
    void isNamedAsTheClassifiersOfJars() {
        assertThat(LINUX).hasToString("linux-x86_64");
        assertThat(LINUX_ON_ARM).hasToString("linux-arm64");
        assertThat(MAC).hasToString("macosx-arm64");
        assertThat(WINDOWS).hasToString("windows-x86_64");
        assertThat(NativePlatform.BUILT).contains(LINUX, LINUX_ON_ARM, MAC, WINDOWS);
    }

    @Test
    void namesLibrariesAsItsSystemDoes() {
        assertThat(LINUX.library("c10")).isEqualTo("libc10.so");
        assertThat(MAC.library("c10")).isEqualTo("libc10.dylib");
        assertThat(WINDOWS.library("c10")).isEqualTo("c10.dll");
        NativePlatform here = NativePlatform.of(System.getProperty("os.name"), System.getProperty("os.arch"));
        assertThat(here.library("torch_cpu")).isEqualTo(System.mapLibraryName("torch_cpu"));
    }

    @Test
    void opensTorchCpuLast() {
        assertThat(LINUX.libtorch()).containsExactly("libc10.so", "libtorch_cpu.so");
        assertThat(WINDOWS.libtorch()).containsExactly("uv.dll", "c10.dll", "torch_cpu.dll");
        assertThat(MAC.openMp()).containsExactly("libomp.dylib");
    }

    @Test
    void saysWhichJarsBringLibtorch() {
        assertThat(LINUX.libtorchRemedy()).contains("org.bytedeco:pytorch with classifier linux-x86_64");
        assertThat(WINDOWS.libtorchRemedy())
                .contains("org.bytedeco:pytorch with classifier windows-x86_64")
                .contains("org.bytedeco:openblas with classifier windows-x86_64")
                .contains("-Dmmgen.libtorch=");
        assertThat(LINUX_ON_ARM.libtorchRemedy())
                .startsWith("Maven Central has none for linux-arm64: name a libtorch of your own");
    }
}
