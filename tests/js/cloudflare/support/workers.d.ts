// The runtime's own module. @cloudflare/workers-types declares it along with globals that are not those of Node, so it is
// named here again.

declare module "cloudflare:workers" {
  import { CloudflareWorkersModule } from "@cloudflare/workers-types/index.ts";
  export import DurableObject = CloudflareWorkersModule.DurableObject;
}
