import { SignIn } from '@clerk/react';

export default function SignInPage() {
  return <SignIn fallbackRedirectUrl="/" />;
}
