/** The studio: a page in the browser, and the HTTP API that it uses. */
module dev.mmgen.studio {
    requires transitive dev.mmgen;
    requires dev.mmgen.torch;
    requires dev.mmgen.train;
    requires static transitive org.jspecify;
    requires com.fasterxml.jackson.databind;
    requires java.desktop;
    requires org.eclipse.jetty.server;

    exports dev.mmgen.studio;
    exports dev.mmgen.studio.limit;
}
