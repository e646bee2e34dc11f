/** The {@code mmgen} command. */
module dev.mmgen.cli {
    requires dev.mmgen;
    requires dev.mmgen.shapes;
    requires dev.mmgen.studio;
    requires dev.mmgen.torch;
    requires dev.mmgen.train;
    requires info.picocli;
    requires java.desktop;
    requires java.logging;
    requires java.management;
    requires me.tongfei.progressbar;
    requires xchart;
    requires static org.jspecify;

    exports dev.mmgen.cli;

    opens dev.mmgen.cli to
            info.picocli;
    opens dev.mmgen.cli.console to
            info.picocli;
    opens dev.mmgen.cli.evaluate to
            info.picocli;
    opens dev.mmgen.cli.image to
            info.picocli;
    opens dev.mmgen.cli.model to
            info.picocli;
    opens dev.mmgen.cli.prepare to
            info.picocli;
    opens dev.mmgen.cli.shapes to
            info.picocli;
    opens dev.mmgen.cli.studio to
            info.picocli;
    opens dev.mmgen.cli.training to
            info.picocli;
}
