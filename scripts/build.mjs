import { build, install, requireSupportedNode } from './prepare.mjs';

requireSupportedNode();
install();
build();
