package dev.mmgen.bench;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Arrows point one way only, and native memory stays in the bindings. */
class ArchitectureTest {

    private static JavaClasses classes;

    @BeforeAll
    static void read() {
        classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.mmgen");
    }

    @Test
    void modulesUseTheOnesBelowThem() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("bindings")
                .definedBy("dev.mmgen.torch..")
                .layer("core")
                .definedBy(describe("core", type -> module(type).equals("core")))
                .layer("train")
                .definedBy("dev.mmgen.train..")
                .layer("shapes")
                .definedBy("dev.mmgen.shapes..")
                .layer("studio")
                .definedBy("dev.mmgen.studio..")
                .layer("cli")
                .definedBy("dev.mmgen.cli..")
                .layer("programs")
                .definedBy("dev.mmgen.examples..")
                .layer("bench")
                .definedBy("dev.mmgen.bench..")
                .whereLayer("bench")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("programs")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("cli")
                .mayOnlyBeAccessedByLayers("bench")
                .whereLayer("studio")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("shapes")
                .mayOnlyBeAccessedByLayers("cli", "programs", "bench")
                .whereLayer("train")
                .mayOnlyBeAccessedByLayers("shapes", "studio", "cli", "programs", "bench")
                .whereLayer("core")
                .mayOnlyBeAccessedByLayers("train", "shapes", "studio", "cli", "programs", "bench")
                .check(classes);
    }

    /** Returns the module of a class; those of core share the root package. */
    private static String module(JavaClass type) {
        return Stream.of("torch", "train", "shapes", "studio", "cli", "examples", "bench")
                .filter(name -> (type.getPackageName() + ".").startsWith("dev.mmgen." + name + "."))
                .findFirst()
                .orElse("core");
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.mmgen.(**)").should().beFreeOfCycles().check(classes);
    }

    @Test
    void onlyTheBindingsSeeTheGeneratedCode() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.mmgen.torch", "dev.mmgen.torch.ffi..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.mmgen.torch.ffi..")
                .check(classes);
    }

    @Test
    void nothingAboveTheBindingsTouchesNativeMemory() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.mmgen.torch..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .check(classes);
    }

    @Test
    void noPublicMethodOfTheBindingsSpeaksOfNativeMemory() {
        methods()
                .that()
                .arePublic()
                .and()
                .areDeclaredInClassesThat()
                .arePublic()
                .and()
                .areDeclaredInClassesThat()
                .resideOutsideOfPackage("dev.mmgen.torch.ffi..")
                .should(new ArchCondition<JavaMethod>("have no native memory in their signatures") {
                    @Override
                    public void check(JavaMethod method, ConditionEvents events) {
                        Stream.concat(Stream.of(method.getRawReturnType()), method.getRawParameterTypes().stream())
                                .filter(type -> type.getPackageName().startsWith("java.lang.foreign"))
                                .forEach(type -> events.add(SimpleConditionEvent.violated(
                                        method, method.getFullName() + " speaks of " + type.getName())));
                    }
                })
                .check(classes);
    }
}
