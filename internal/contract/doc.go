// Package contract checks HTTP exchanges and webhook bodies against Clerk's
// published OpenAPI documents. It knows what the documents say, where they
// contradict themselves or Clerk's SDKs ([Waivers]), and which operations were
// exercised. It must not know how the emulator comes to an answer.
//
// It is for tests alone: no part of the program may import it. The documents
// are not part of the project; internal/spec/spectest says where they are
// looked for and what happens without them.
package contract
