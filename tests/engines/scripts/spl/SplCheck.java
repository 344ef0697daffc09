import com.teragrep.pth_03.antlr.DPLLexer;
import com.teragrep.pth_03.antlr.DPLParser;
import com.teragrep.pth_03.shaded.org.antlr.v4.runtime.BaseErrorListener;
import com.teragrep.pth_03.shaded.org.antlr.v4.runtime.CharStreams;
import com.teragrep.pth_03.shaded.org.antlr.v4.runtime.CommonTokenStream;
import com.teragrep.pth_03.shaded.org.antlr.v4.runtime.RecognitionException;
import com.teragrep.pth_03.shaded.org.antlr.v4.runtime.Recognizer;
import com.teragrep.pth_03.shaded.org.antlr.v4.runtime.Token;
import com.teragrep.pth_03.shaded.org.antlr.v4.runtime.atn.PredictionMode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Parses searches with the grammar of pth_03 (https://github.com/teragrep/pth_03), a dialect of SPL.
 *
 * <p>One search a line comes in; for each a line goes out: empty, or why it was refused.
 */
public class SplCheck {
    /** Keeps the first error. */
    private static class FirstError extends BaseErrorListener {
        String reason = "";

        @Override
        public void syntaxError(Recognizer<?, ?> recognizer, Object symbol, int line, int column,
                String message, RecognitionException error) {
            if (reason.isEmpty()) {
                String shortened = message.replaceAll(" expecting \\{.*", "").replace('\n', ' ');
                reason = "at " + column + ": " + shortened;
            }
        }
    }

    private static String refusal(String search, PredictionMode mode) {
        FirstError error = new FirstError();
        DPLLexer lexer = new DPLLexer(CharStreams.fromString(search));
        lexer.removeErrorListeners();
        lexer.addErrorListener(error);
        DPLParser parser = new DPLParser(new CommonTokenStream(lexer));
        parser.removeErrorListeners();
        parser.addErrorListener(error);
        parser.getInterpreter().setPredictionMode(mode);
        try {
            parser.root();
        } catch (RuntimeException exception) {
            return exception.toString().replace('\n', ' ');
        }
        if (error.reason.isEmpty() && parser.getCurrentToken().getType() != Token.EOF) {
            return "input is left over at " + parser.getCurrentToken();
        }
        return error.reason;
    }

    public static void main(String[] arguments) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String search = in.readLine(); search != null; search = in.readLine()) {
            // SLL is fast and refuses a little too much; LL has the last word.
            String reason = refusal(search, PredictionMode.SLL);
            out.println(reason.isEmpty() ? "" : refusal(search, PredictionMode.LL));
        }
    }
}
