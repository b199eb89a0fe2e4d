// A backend that mints tokens, in NestJS: npm install jsonwebtoken && npm install -D @types/jsonwebtoken
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WebrtcController } from './webrtc.controller.js';
import { WebrtcTokenService } from './webrtc-token.service.js';

@Module({ controllers: [WebrtcController], providers: [WebrtcTokenService] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['error'] });
await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1');
console.log(`port ${app.getHttpServer().address().port}`);
