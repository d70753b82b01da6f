// The runtime's module. @cloudflare/workers-types declares it together with globals that conflict with Node's, so it is
// declared here again.

declare module "cloudflare:workers" {
  import { CloudflareWorkersModule } from "@cloudflare/workers-types/index.ts";
  export import DurableObject = CloudflareWorkersModule.DurableObject;
}
