package consumer;

import dev.mmgen.MmGen;
import dev.mmgen.image.ImageFormat;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** A drawn picture, of a model that lives as long as its application is deployed. */
public final class DrawServlet extends HttpServlet {

    private static final long serialVersionUID = 1;

    private transient MmGen mmgen;

    @Override
    public void init() {
        mmgen = MmGen.shapes();
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        byte[] torus = mmgen.generate().category("torus").seed(7).steps(2).run().rgb().encoded(ImageFormat.PNG);
        response.setContentType("image/png");
        response.getOutputStream().write(torus);
    }

    @Override
    public void destroy() {
        if (mmgen != null) {
            mmgen.close();
        }
    }
}
