// Asks for a URL as any program in Java does, and says the status, or why there is none.

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;

public class Fetch {
    public static void main(String[] args) throws Exception {
        var connection = (HttpURLConnection) URI.create(args[0]).toURL().openConnection();
        try {
            System.out.println(connection.getResponseCode());
        } catch (IOException refused) {
            System.out.println(refused.getMessage());
        }
    }
}
