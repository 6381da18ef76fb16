import { ClerkProvider } from '@clerk/nextjs';
import ConvexClientProvider from '../components/ConvexClientProvider';

export const metadata = { title: 'An app with Clerk and Convex', icons: 'data:,' };

export default function RootLayout({ children }) {
  return (
    <html lang="en">
      <body>
        <ClerkProvider>
          <ConvexClientProvider>{children}</ConvexClientProvider>
        </ClerkProvider>
      </body>
    </html>
  );
}
